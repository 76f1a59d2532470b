import { civilTimeAt, dateOfDayNumber, dayNumberOf, instantOfCivilTime, weekdayOf } from './zoned-time.ts'

/** A time of day on some days of each week: `weekdays` with Sunday as 0, `at` as `HH:MM`, in an IANA zone. */
export type WeeklyTime = {
  readonly weekdays: readonly number[]
  readonly at: string
  readonly time_zone: string
}

const daysAhead = 8

/**
 * When it is next, strictly after `afterMs` (epoch ms); undefined without a weekday. The time of day is that of the zone: seven stays
 * seven when the clocks change. A time that a change skips is taken after the gap; one that comes twice counts the first time only.
 */
export const nextWeeklyTime = ({ weekdays, at, time_zone }: WeeklyTime, afterMs: number): number | undefined => {
  const [hour = 0, minute = 0] = at.split(':').map(Number)
  const today = dayNumberOf(civilTimeAt(afterMs, time_zone))
  for (let ahead = 0; ahead < daysAhead; ahead++) {
    const date = dateOfDayNumber(today + ahead)
    if (!weekdays.includes(weekdayOf(date))) continue
    const atMs = instantOfCivilTime({ ...date, hour, minute, second: 0 }, time_zone)
    if (atMs > afterMs) return atMs
  }
  return undefined
}

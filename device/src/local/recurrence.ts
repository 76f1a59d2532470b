import { instant } from '@mynah/shared/time/instant.ts'
import {
  civilTimeAt,
  dateOfDayNumber,
  dayNumberOf,
  instantOfCivilTime,
  weekdayOf,
} from '@mynah/shared/time/zoned-time.ts'
import type { ScheduleItem } from '@mynah/shared/wire/topics.ts'

const daysAhead = 8

/**
 * When a repeating item is due next, strictly after `afterMs` (epoch ms); undefined for one that does not repeat. The time of day is
 * that of the item's zone: seven stays seven when the clocks change. A time that a change skips is taken after the gap; one that comes
 * twice rings the first time only.
 */
export const nextFiring = (item: ScheduleItem, afterMs: number): number | undefined => {
  const { repeat } = item
  if (!repeat) return undefined
  const [hour = 0, minute = 0] = repeat.at.split(':').map(Number)
  const today = dayNumberOf(civilTimeAt(afterMs, repeat.time_zone))
  for (let ahead = 0; ahead < daysAhead; ahead++) {
    const date = dateOfDayNumber(today + ahead)
    if (!repeat.weekdays.includes(weekdayOf(date))) continue
    const atMs = instantOfCivilTime({ ...date, hour, minute, second: 0 }, repeat.time_zone)
    if (atMs > afterMs) return atMs
  }
  return undefined
}

/** The item as it waits for its next time; undefined when it has none. */
export const repeated = (item: ScheduleItem, afterMs: number): ScheduleItem | undefined => {
  const nextMs = nextFiring(item, afterMs)
  return nextMs === undefined ? undefined : { ...item, fires_at: instant(nextMs).toISOString() }
}

import {
  type CivilTime,
  civilTimeAt,
  dateOfDayNumber,
  dayNumberOf,
  instantOfCivilTime,
  weekdayOf,
} from '../../time/zoned-time.ts'
import type { DayPart, DayReference, TimeOfDay } from '../grammar/slot-value.ts'

export type MomentRequest = {
  readonly time: TimeOfDay
  readonly day?: DayReference
  readonly nowMs: number
  readonly timeZone: string
}

const fitsPart = (hour: number, part: DayReference['part']): boolean => {
  if (part === 'morning') return hour < 12
  if (part === 'afternoon') return hour >= 12 && hour < 19
  return part !== 'evening' || hour >= 17 || hour < 4
}

/** Hours of the day that the spoken time can mean. */
export const hoursOf = (time: TimeOfDay, part: DayReference['part']): readonly number[] => {
  if (time.exact) return [time.hour]
  const hours = [time.hour % 12, (time.hour % 12) + 12]
  const fitting = hours.filter((hour) => fitsPart(hour, part))
  return fitting.length > 0 ? fitting : hours
}

/** "Tonight at one" is the night after midnight: whether this hour, said together with the day, is on the date after it. */
export const isNightAfter = (time: TimeOfDay | undefined, day: DayReference | undefined, hour: number): boolean =>
  day !== undefined && (time?.ofNight ? hour < 5 : day.part === 'evening' && hour < 4)

/** Distances of days from today that the spoken day can mean, nearest first. */
const daysOf = (day: DayReference | undefined, todayWeekday: number): readonly number[] => {
  if (day?.weekday !== undefined) {
    const ahead = (day.weekday - todayWeekday + 7) % 7
    return [ahead, ahead + 7]
  }
  if (day?.inDays !== undefined && day.inDays !== 0) return [day.inDays]
  // "Today at seven" when seven has passed twice is not tomorrow; a bare "seven" is the next one.
  return day ? [0] : [0, 1]
}

/** Who says "tonight" after midnight means the night that is under way, if the hour is still to come. */
const nightsAfter = (inDays: number, hourNow: number): readonly number[] => (inDays === 0 && hourNow < 5 ? [0, 1] : [1])

/** What the words can mean, the likelier first: an hour and the distance of its date from today. */
const readings = (
  { time, day }: MomentRequest,
  today: CivilTime,
): { readonly hour: number; readonly inDays: number }[] => {
  const certain = time.exact || !day || day.part !== undefined
  return daysOf(day, weekdayOf(today)).flatMap((inDays) =>
    hoursOf(time, day?.part)
      .filter((hour) => certain || inDays === 0 || wakingHour(hour))
      .flatMap((hour) => {
        const nights = isNightAfter(time, day, hour) ? nightsAfter(inDays, today.hour) : [0]
        return nights.map((night) => ({ hour, inDays: inDays + night }))
      }),
  )
}

/**
 * The next instant, epoch milliseconds, that the words can mean; undefined when all of them are past ("today at six", at nine).
 * A bare "seven" is the next seven o'clock; a bare time on a named later day is the waking one.
 */
export const nextMoment = (request: MomentRequest): number | undefined => {
  const { time, nowMs, timeZone } = request
  const today = civilTimeAt(nowMs, timeZone)
  return readings(request, today)
    .map(({ hour, inDays }) => {
      const date = dateOfDayNumber(dayNumberOf(today) + inDays)
      return instantOfCivilTime({ ...date, hour, minute: time.minute, second: 0 }, timeZone)
    })
    .find((epochMs) => epochMs > nowMs)
}

/** The one hour, 0 to 23, that a spoken time means which comes again and again: no "next" can decide between morning and evening. */
export const hourOfEachDay = (time: TimeOfDay, part: DayPart | undefined): number => {
  const hours = hoursOf(time, part)
  return hours.find(wakingHour) ?? hours[0] ?? time.hour
}

/** Of two o'clock and fourteen o'clock on a later day, the one people are awake at. */
const wakingHour = (hour: number): boolean => hour >= 5 && hour < 17

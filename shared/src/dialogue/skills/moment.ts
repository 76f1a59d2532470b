import { civilTimeAt, dateOfDayNumber, dayNumberOf, instantOfCivilTime, weekdayOf } from '../../time/zoned-time.ts'
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
const hoursOf = (time: TimeOfDay, part: DayReference['part']): readonly number[] => {
  if (time.exact) return [time.hour]
  const hours = [time.hour % 12, (time.hour % 12) + 12]
  const fitting = hours.filter((hour) => fitsPart(hour, part))
  return fitting.length > 0 ? fitting : hours
}

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

/**
 * The next instant, epoch milliseconds, that the words can mean; undefined when all of them are past ("today at six", at nine).
 * A bare "seven" is the next seven o'clock; a bare time on a named later day is the waking one.
 */
export const nextMoment = ({ time, day, nowMs, timeZone }: MomentRequest): number | undefined => {
  const today = civilTimeAt(nowMs, timeZone)
  const todayNumber = dayNumberOf(today)
  const certain = time.exact || !day || day.part !== undefined
  for (const inDays of daysOf(day, weekdayOf(today))) {
    const date = dateOfDayNumber(todayNumber + inDays)
    for (const hour of hoursOf(time, day?.part)) {
      // "Tonight at one" is the night after midnight.
      const nextNight = day?.part === 'evening' && hour < 4 ? 1 : 0
      const placed = { ...date, day: date.day + nextNight, hour, minute: time.minute, second: 0 }
      const epochMs = instantOfCivilTime(placed, timeZone)
      if (epochMs > nowMs && (certain || inDays === 0 || wakingHour(hour))) return epochMs
    }
  }
  return undefined
}

/** The one hour, 0 to 23, that a spoken time means which comes again and again: no "next" can decide between morning and evening. */
export const hourOfEachDay = (time: TimeOfDay, part: DayPart | undefined): number => {
  const hours = hoursOf(time, part)
  return hours.find(wakingHour) ?? hours[0] ?? time.hour
}

/** Of two o'clock and fourteen o'clock on a later day, the one people are awake at. */
const wakingHour = (hour: number): boolean => hour >= 5 && hour < 17

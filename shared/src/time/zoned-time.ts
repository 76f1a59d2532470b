/** Civil time in a zone, from Intl alone. Instants are epoch milliseconds; months and days count from one; Sunday is weekday 0. */
export type CivilTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

export type CivilDate = Pick<CivilTime, 'year' | 'month' | 'day'>

const mostFormats = 64
const formats = new Map<string, Intl.DateTimeFormat>()

const formatFor = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (formats.size >= mostFormats) formats.clear()
  formats.set(timeZone, format)
  return format
}

export const isTimeZone = (timeZone: string): boolean => {
  try {
    formatFor(timeZone)
    return true
  } catch {
    // Intl says so by a RangeError; there is no other way to ask.
    return false
  }
}

export const civilTimeAt = (epochMs: number, timeZone: string): CivilTime => {
  const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 }
  for (const { type, value } of formatFor(timeZone).formatToParts(epochMs)) {
    if (Object.hasOwn(parts, type)) parts[type as keyof typeof parts] = Number(value)
  }
  return parts
}

/** Days since 1970-01-01; any day number is taken, so 32 January is 1 February. Howard Hinnant, days_from_civil. */
export const dayNumberOf = ({ year, month, day }: CivilDate): number => {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

export const dateOfDayNumber = (dayNumber: number): CivilDate => {
  const { year, month, day } = civilTimeAt(dayNumber * 86_400_000, 'UTC')
  return { year, month, day }
}

export const weekdayOf = (date: CivilDate): number => (((dayNumberOf(date) + 4) % 7) + 7) % 7

const asIfUtc = (time: CivilTime): number =>
  dayNumberOf(time) * 86_400_000 + ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000

/**
 * The instant of a civil time in a zone. A time that a change of clocks skips is taken as long after the change as it is
 * after the gap's start; one that comes twice is the first of both.
 */
export const instantOfCivilTime = (time: CivilTime, timeZone: string): number => {
  const target = asIfUtc(time)
  const offsetAt = (epochMs: number): number => {
    const whole = Math.floor(epochMs / 1_000) * 1_000
    return asIfUtc(civilTimeAt(whole, timeZone)) - whole
  }
  const dayMs = 86_400_000
  const before = offsetAt(target - dayMs)
  const after = offsetAt(target + dayMs)
  const early = target - before
  if (offsetAt(early) === before) return early
  const late = target - after
  return offsetAt(late) === after ? late : early
}

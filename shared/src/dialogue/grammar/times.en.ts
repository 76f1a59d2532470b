import { parseEnglishNumber } from './numbers.en.ts'
import {
  type DayPart,
  type DayReference,
  type DaysOfWeek,
  daysOff,
  everyDay,
  type SlotValue,
  type TimeOfDay,
  workingDays,
} from './slot-value.ts'

const unitOfTime: Readonly<Record<string, number>> = {
  second: 1_000,
  seconds: 1_000,
  minute: 60_000,
  minutes: 60_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
}

const shares: readonly (readonly [RegExp, number])[] = [
  [/^$/, 1],
  [/^(a|an)$/, 1],
  [/^half( a| an)?$/, 0.5],
  [/^a half$/, 0.5],
  [/^a quarter( of)?( an)?$/, 0.25],
  [/^three quarters of an$/, 0.75],
  [/^a couple of$/, 2],
]

const amountOf = (words: readonly string[]): number | undefined => {
  const said = words[0] === 'and' ? words.slice(1) : words
  const text = said.join(' ')
  const share = shares.find(([form]) => form.test(text))
  if (share) return share[1]
  if (text.endsWith(' and a half')) {
    const whole = parseEnglishNumber(said.slice(0, -3))
    return whole === undefined ? undefined : whole + 0.5
  }
  return parseEnglishNumber(said)
}

/** "an hour and a half", "two minutes thirty seconds" -> milliseconds. */
export const parseEnglishDuration = (words: readonly string[]): SlotValue | undefined => {
  let totalMs = 0
  let unitMs = 0
  let pending: string[] = []
  for (const word of words) {
    const thisUnitMs = unitOfTime[word]
    if (thisUnitMs === undefined) {
      pending.push(word)
      continue
    }
    const amount = amountOf(pending)
    if (amount === undefined) return undefined
    totalMs += amount * thisUnitMs
    unitMs = thisUnitMs
    pending = []
  }
  if (pending.length > 0) totalMs += (amountOf(pending) ?? Number.NaN) * unitMs
  return Number.isFinite(totalMs) && unitMs > 0 ? { type: 'duration', durationMs: Math.round(totalMs) } : undefined
}

type ClockFace = { readonly hour: number; readonly minute: number }

const minutesAround = (amount: string): number | undefined => {
  if (amount === 'half') return 30
  return amount === 'quarter' ? 15 : parseEnglishNumber(amount.split(' '))
}

/** "quarter to nine", "twenty past two". */
const parseAround = (words: readonly string[]): ClockFace | undefined => {
  const text = words.filter((word) => word !== 'minutes' && word !== 'a').join(' ')
  const [, amount = '', direction, hourWord = ''] = /^(.+) (past|to) (.+)$/.exec(text) ?? []
  const hour = parseEnglishNumber(hourWord.split(' '))
  const minutes = minutesAround(amount)
  if (hour === undefined || minutes === undefined) return undefined
  return direction === 'past' ? { hour, minute: minutes } : { hour: hour === 1 ? 12 : hour - 1, minute: 60 - minutes }
}

/** "seven", "seven thirty", "twenty one oh five". */
const parseHourMinute = (words: readonly string[]): ClockFace | undefined => {
  const hourLength = words[0] === 'twenty' && /^(one|two|three)$/.test(words[1] ?? '') && words.length > 2 ? 2 : 1
  const hour = parseEnglishNumber(words.slice(0, hourLength))
  const rest = words.slice(hourLength).filter((word) => !["o'clock", 'hundred', 'oh', 'zero'].includes(word))
  const minute = rest.length === 0 ? 0 : parseEnglishNumber(rest)
  return hour === undefined || minute === undefined ? undefined : { hour, minute }
}

const parseClockFace = (words: readonly string[]): ClockFace | undefined =>
  words.includes('past') || words.includes('to') ? parseAround(words) : parseHourMinute(words)

const partsOfDay: readonly (readonly [string, (hour: number) => number])[] = [
  ['a m', (hour) => hour % 12],
  ['in the morning', (hour) => hour % 12],
  ['p m', (hour) => (hour % 12) + 12],
  ['in the afternoon', (hour) => (hour % 12) + 12],
  ['in the evening', (hour) => (hour % 12) + 12],
  ['at night', (hour) => (hour === 12 ? 0 : hour < 5 ? hour : (hour % 12) + 12)],
]

/** "half past seven", "seven thirty p m", "noon" -> a time of day; `exact` unless morning and evening are both possible. */
export const parseEnglishTime = (words: readonly string[]): TimeOfDay | undefined => {
  const text = words.join(' ')
  if (text === 'noon' || text === 'midday') return { type: 'time_of_day', hour: 12, minute: 0, exact: true }
  if (text === 'midnight') return { type: 'time_of_day', hour: 0, minute: 0, exact: true }
  const part = partsOfDay.find(([name]) => text.endsWith(` ${name}`))
  const faceWords = part ? words.slice(0, words.length - part[0].split(' ').length) : words
  const face = parseClockFace(faceWords)
  if (!face || face.hour > 23 || face.minute > 59) return undefined
  const hour = part ? part[1](face.hour) : face.hour
  return {
    type: 'time_of_day',
    hour,
    minute: face.minute,
    exact: part !== undefined || hour > 12 || hour === 0,
    ...(part?.[0] === 'at night' && hour < 5 ? { ofNight: true } : {}),
  }
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

const parts: readonly (readonly [RegExp, DayPart])[] = [
  [/morning/, 'morning'],
  [/afternoon/, 'afternoon'],
  [/evening|night/, 'evening'],
]

export const parseEnglishDay = (words: readonly string[]): DayReference => {
  const text = words.join(' ')
  const part = parts.find(([name]) => name.test(text))?.[1]
  const weekday = weekdays.findIndex((name) => words.includes(name))
  const inDays = text.includes('day after tomorrow')
    ? 2
    : text.includes('tomorrow')
      ? 1
      : text.includes('yesterday')
        ? -1
        : 0
  return { type: 'day', ...(weekday >= 0 ? { weekday } : { inDays }), ...(part ? { part } : {}) }
}

/** "morning", "weekday", "monday evening", as they follow "every"; "mondays", as they follow "on". */
export const parseEnglishDaysOfWeek = (words: readonly string[]): DaysOfWeek => {
  const text = words.join(' ')
  const part = parts.find(([name]) => name.test(text))?.[1]
  const singular = words.map((word) => word.replace(/s$/, ''))
  const named = everyDay.filter((day) => singular.includes(weekdays[day] ?? ''))
  const days = singular.includes('weekday') ? workingDays : singular.includes('weekend') ? daysOff : everyDay
  return { type: 'days_of_week', weekdays: named.length > 0 ? named : days, ...(part ? { part } : {}) }
}

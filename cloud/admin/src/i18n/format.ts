import { instant } from '@mynah/shared/time/instant.ts'
import { wallTimeMs } from '../time/minute.ts'
import { locale } from './language.ts'

/** Making a format costs more than using it a hundred times; there are some twenty of them. */
const keepFormats = <Options, Format>(make: (localeName: string, options: Options) => Format) => {
  const formats = new Map<string, Format>()
  return (options: Options): Format => {
    const key = `${locale.value} ${JSON.stringify(options)}`
    const format = formats.get(key) ?? make(locale.value, options)
    formats.set(key, format)
    return format
  }
}

const numberFormat = keepFormats(
  (localeName, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(localeName, options),
)
const dateFormat = keepFormats(
  (localeName, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(localeName, options),
)

const relativeSteps = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const

/** `3 minutes ago`, `in 2 hours`; read while rendering it stays right as time passes. */
export const relativeTime = (iso: string): string => {
  const differenceMs = instant(iso).getTime() - wallTimeMs.value
  const format = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto', style: 'short' })
  const step = relativeSteps.find(({ ms }) => Math.abs(differenceMs) >= ms)
  if (!step) return format.format(0, 'minute')
  return format.format(Math.round(differenceMs / step.ms), step.unit)
}

const inLocale = (iso: string, options: Intl.DateTimeFormatOptions): string => dateFormat(options).format(instant(iso))

/** Day and time, as short as it stays clear. */
export const dateTime = (iso: string): string => inLocale(iso, { dateStyle: 'medium', timeStyle: 'short' })
export const exactTime = (iso: string): string => inLocale(iso, { dateStyle: 'medium', timeStyle: 'medium' })
export const clockTime = (iso: string): string => inLocale(iso, { hour: '2-digit', minute: '2-digit' })
export const dayName = (iso: string): string =>
  inLocale(iso, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
export const weekdayTime = (iso: string): string =>
  inLocale(iso, { weekday: 'short', hour: '2-digit', minute: '2-digit' })

const sundayMs = instant('2023-01-01T12:00:00Z').getTime()
/** Sunday is 0. */
export const weekdayName = (weekday: number, weekdayStyle: 'short' | 'long' = 'short'): string =>
  dateFormat({ weekday: weekdayStyle, timeZone: 'UTC' }).format(sundayMs + weekday * 86_400_000)

/** `Mon, Tue and Fri`, `周一、周二和周五`. */
export const listOf = (texts: readonly string[]): string =>
  new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(texts)

/** A number with the separators of the language. */
export const decimal = (value: number, digits = 0): string =>
  numberFormat({ maximumFractionDigits: digits }).format(value)

/** `38 ms`, `1.25 s`: three digits that say something. */
export const milliseconds = (ms: number): string => {
  const [value, unit] = Math.abs(ms) >= 1_000 ? ([ms / 1_000, 'second'] as const) : ([ms, 'millisecond'] as const)
  return numberFormat({
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: unit === 'second' ? 2 : Math.abs(ms) < 10 ? 1 : 0,
  }).format(value)
}

/** A longer time in its two largest units: `3 d 4 h`. */
export const longDuration = (ms: number): string => {
  const parts = [
    ['day', Math.floor(ms / 86_400_000)],
    ['hour', Math.floor(ms / 3_600_000) % 24],
    ['minute', Math.floor(ms / 60_000) % 60],
    ['second', Math.floor(ms / 1_000) % 60],
  ] as const
  const first = parts.findIndex(([, value]) => value > 0)
  const shown = first === -1 ? parts.slice(3) : parts.slice(first, first + 2).filter(([, value]) => value > 0)
  return shown
    .map(([unit, value]) => numberFormat({ style: 'unit', unit, unitDisplay: 'short' }).format(value))
    .join(' ')
}

const sizeUnits = [
  ['gigabyte', 2 ** 30],
  ['megabyte', 2 ** 20],
  ['kilobyte', 2 ** 10],
] as const

export const sizeOf = (bytes: number): string => {
  const [unit, step] = sizeUnits.find(([, least]) => bytes >= least) ?? sizeUnits[2]
  const value = bytes / step
  return numberFormat({ style: 'unit', unit, maximumFractionDigits: 1 }).format(value)
}

export const degrees = (celsius: number): string =>
  numberFormat({ style: 'unit', unit: 'celsius', maximumFractionDigits: 0 }).format(celsius)

/** 0 to 100 with a percent sign. */
export const percent = (value: number): string =>
  numberFormat({ style: 'percent', maximumFractionDigits: 0 }).format(value / 100)

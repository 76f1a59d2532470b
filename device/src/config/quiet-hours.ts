import type { Clock } from '@mynah/shared/time/clock.ts'

type WallTime = ReturnType<Clock['wallTime']>

const minutesOf = (clockTime: string): number => {
  const [hours = 0, minutes = 0] = clockTime.split(':').map(Number)
  return hours * 60 + minutes
}

const localMinutes = (at: WallTime, timeZone: string | undefined): number => {
  const format = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone ? { timeZone } : {}),
  })
  return minutesOf(format.format(at))
}

/** Whether `at` falls in `from` to `to` (the end not included) of the speaker's local time; a span may pass midnight. */
export const isQuiet = (
  hours: { readonly from: string; readonly to: string } | undefined,
  at: WallTime,
  timeZone: string | undefined,
): boolean => {
  if (!hours) return false
  const minute = localMinutes(at, timeZone)
  const from = minutesOf(hours.from)
  const to = minutesOf(hours.to)
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to
}

import type { ScheduledView } from '@mynah/shared/api/schedules.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { nextWeeklyTime } from '@mynah/shared/time/weekly-time.ts'
import { localInput } from '../../time/local-input.ts'

/** When something is to ring, as a form has it: once, or again on each of `weekdays` (Sunday is 0) at the same time of day. */
export type When = {
  /** `2026-01-01T07:00`; with weekdays the time of day alone counts. */
  readonly at: string
  readonly weekdays: readonly number[]
  /** Of the time of day; of a time that comes once it is that of the browser. */
  readonly timeZone: string
}

type Timing = Pick<ScheduledView, 'fires_at' | 'repeat'>

/** As weeks are read where the work week comes first. */
export const weekdaysInOrder: readonly number[] = [1, 2, 3, 4, 5, 6, 0]

const timeLength = 'HH:MM'.length
export const timeOfDay = (at: string): string => at.slice(-timeLength)
export const withTimeOfDay = (at: string, time: string): string => `${at.slice(0, -timeLength)}${time}`

export const whenOf = ({ fires_at, repeat }: Timing, browserZone: string): When => {
  const at = localInput(instant(fires_at).getTime())
  if (!repeat) return { at, weekdays: [], timeZone: browserZone }
  return { at: withTimeOfDay(at, repeat.at), weekdays: repeat.weekdays, timeZone: repeat.time_zone }
}

/** When it rings next; undefined when that is over, or no time was typed. */
export const timingOf = ({ at, weekdays, timeZone }: When, nowMs: number): Timing | undefined => {
  if (timeOfDay(at).length < timeLength) return undefined
  const ordered = weekdaysInOrder.filter((day) => weekdays.includes(day))
  const repeat = ordered.length === 0 ? undefined : { weekdays: ordered, at: timeOfDay(at), time_zone: timeZone }
  const firesAtMs = repeat ? nextWeeklyTime(repeat, nowMs) : instant(at).getTime()
  if (firesAtMs === undefined || !(firesAtMs > nowMs)) return undefined
  return { fires_at: instant(firesAtMs).toISOString(), ...(repeat && { repeat }) }
}

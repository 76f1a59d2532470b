import { instant } from '@mynah/shared/time/instant.ts'
import { isTimeZone } from '@mynah/shared/time/zoned-time.ts'
import type { ScheduleChange, ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import { repeated } from './recurrence.ts'

/** The timers, alarms and reminders of one speaker. Pure; wall times are epoch ms. */
export type Schedule = {
  /** By time; those that ring stay until they are stopped, so that a power cut does not swallow them. */
  readonly items: readonly ScheduleItem[]
  /** Changes seen before, newest last: QoS 1 delivers twice, and a timer that has rung must not come back. */
  readonly seenChangeIds: readonly string[]
}

export const emptySchedule: Schedule = { items: [], seenChangeIds: [] }

export const maxItems = 200
const rememberedChanges = 100
/** Due longer ago than this (the speaker was off): ringing now would only puzzle. */
export const missedAfterMs = 3_600_000
/** What two clocks differ by without one having been set. */
const clockNoiseMs = 100

export const firesAtMs = (item: ScheduleItem): number => instant(item.fires_at).getTime()

/**
 * How long a timer that was just set has to run. It was set by the cloud's clock: a speaker whose own is behind (before the time came
 * from the network) would wait too long, but never has a timer more left than its whole length.
 */
export const timeLeftMs = (item: ScheduleItem, nowMs: number): number =>
  Math.min(firesAtMs(item) - nowMs, item.duration_ms ?? Number.POSITIVE_INFINITY)

/** Whether a stored item can still be told when to ring. */
export const canRing = (item: ScheduleItem): boolean =>
  Number.isFinite(firesAtMs(item)) && (item.repeat === undefined || isTimeZone(item.repeat.time_zone))

export type ScheduleRefusal = { readonly code: 'full' | 'bad_time' | 'bad_time_zone'; readonly message: string }

export type ScheduleStep = {
  readonly schedule: Schedule
  readonly removed: readonly ScheduleItem[]
  readonly refusal?: ScheduleRefusal
}

/** Setting an item that exists replaces it; cancelling what is not there is no error. */
export const applyChange = (schedule: Schedule, change: ScheduleChange): ScheduleStep => {
  if (schedule.seenChangeIds.includes(change.change_id)) return { schedule, removed: [] }
  const refusal = change.action === 'set' ? refusalOf(schedule, change.item) : undefined
  if (refusal) return { schedule, removed: [], refusal }
  const removed = schedule.items.filter((item) => isRemovedBy(item, change))
  const kept = schedule.items.filter((item) => !removed.includes(item))
  const items = change.action === 'set' ? byTime([...kept, change.item]) : kept
  const seenChangeIds = [...schedule.seenChangeIds, change.change_id].slice(-rememberedChanges)
  return { schedule: { items, seenChangeIds }, removed }
}

const refusalOf = (schedule: Schedule, item: ScheduleItem): ScheduleRefusal | undefined => {
  if (!Number.isFinite(firesAtMs(item))) return { code: 'bad_time', message: 'fires_at is no instant' }
  if (item.repeat && !isTimeZone(item.repeat.time_zone)) {
    return { code: 'bad_time_zone', message: 'repeat.time_zone is no IANA time zone' }
  }
  const isNew = schedule.items.every((known) => known.item_id !== item.item_id)
  return isNew && schedule.items.length >= maxItems
    ? { code: 'full', message: `at most ${maxItems} timers, alarms and reminders` }
    : undefined
}

const isRemovedBy = (item: ScheduleItem, change: ScheduleChange): boolean => {
  switch (change.action) {
    case 'set':
      return item.item_id === change.item.item_id
    case 'cancel':
      return item.item_id === change.item_id
    case 'cancel_all':
      return item.kind === change.kind
  }
}

/** What is due at `nowMs` and does not ring yet, and what was missed. */
export const dueAt = (
  schedule: Schedule,
  nowMs: number,
  ringing: ReadonlySet<string>,
): { readonly due: readonly ScheduleItem[]; readonly missed: readonly ScheduleItem[] } => {
  const past = schedule.items.filter((item) => firesAtMs(item) <= nowMs && !ringing.has(item.item_id))
  const isMissed = (item: ScheduleItem) => nowMs - firesAtMs(item) > missedAfterMs
  return { due: past.filter((item) => !isMissed(item)), missed: past.filter(isMissed) }
}

/** After they rang, or were missed: what repeats waits for its next time, the rest is gone. */
export const afterTheirTime = (schedule: Schedule, itemIds: ReadonlySet<string>, nowMs: number): Schedule => ({
  ...schedule,
  items: byTime(
    schedule.items.flatMap((item) => {
      if (!itemIds.has(item.item_id)) return [item]
      return repeated(item, Math.max(nowMs, firesAtMs(item))) ?? []
    }),
  ),
})

/** The wall clock was set back: what repeats has times again that were over or that a wrong clock had jumped past. */
export const onClockSetBack = (schedule: Schedule, nowMs: number, ringing: ReadonlySet<string>): Schedule => {
  const items = schedule.items.map((item) => {
    const sooner = ringing.has(item.item_id) ? undefined : repeated(item, nowMs)
    return sooner && firesAtMs(sooner) < firesAtMs(item) ? sooner : item
  })
  return items.every((item, index) => item === schedule.items[index]) ? schedule : { ...schedule, items: byTime(items) }
}

export const byTime = (items: readonly ScheduleItem[]): readonly ScheduleItem[] =>
  [...items].sort((a, b) => firesAtMs(a) - firesAtMs(b))

/** Timers run by a clock that nobody sets; what their due time is on the wall clock follows from it. */
export const onWallClock = (
  schedule: Schedule,
  dueInMs: ReadonlyMap<string, number>,
  nowMs: number,
): { readonly schedule: Schedule; readonly moved: boolean } => {
  let moved = false
  const items = schedule.items.map((item) => {
    const leftMs = dueInMs.get(item.item_id)
    if (leftMs === undefined || Math.abs(nowMs + leftMs - firesAtMs(item)) < clockNoiseMs) return item
    moved = true
    return { ...item, fires_at: instant(nowMs + leftMs).toISOString() }
  })
  return { schedule: moved ? { ...schedule, items: byTime(items) } : schedule, moved }
}

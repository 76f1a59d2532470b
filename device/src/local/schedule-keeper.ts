import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { type ScheduleChange, type ScheduleItem, scheduleItemSchema } from '@mynah/shared/wire/schedule-item.ts'
import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import { createJsonFile } from '../store/json-file.ts'
import type { BootClock } from './boot-clock.ts'
import {
  afterTheirTime,
  applyChange,
  canRing,
  dueAt,
  emptySchedule,
  firesAtMs,
  missedAfterMs,
  onClockSetBack,
  onWallClock,
  type Schedule,
  timeLeftMs,
} from './schedule.ts'

export type ScheduleKeeperDeps = {
  readonly path: string
  readonly clock: Clock
  /** Without one, timers outlive a setting of the wall clock only while this program runs. */
  readonly boot?: BootClock
  readonly log: Log
  /** Starts a ring that goes on until stopped. */
  readonly ring: (item: ScheduleItem) => { readonly stop: () => void }
  readonly publishState: (state: Omit<FromDeviceMessage<'schedule/state'>, 'v'>) => void
  readonly publishEvent: (event: Omit<FromDeviceMessage<'event'>, 'v'>) => void
  readonly onFired: (item: ScheduleItem) => void
  /** The first ring began, or the last one ended. */
  readonly onRinging?: (ringing: boolean) => void
}

/** Timers and alarms that fire from this speaker's own disk, with or without a network, after a restart too. */
export type ScheduleKeeper = {
  readonly load: () => Promise<void>
  /** Persists, then publishes the new state with the change's id. Never rejects. */
  readonly receive: (change: ScheduleChange) => Promise<void>
  /** Publishes the state as it is: the cloud came back. */
  readonly publish: () => void
  readonly items: () => readonly ScheduleItem[]
  readonly isRinging: () => boolean
  /** Until something is due; Infinity when nothing is. */
  readonly nextDueInMs: () => number
  readonly stopRinging: () => Promise<void>
  /** Fires what is due until `signal` aborts; resolves when what was received until then is on disk. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const storedSchema = v.object({
  v: v.literal(1),
  /** Each by itself: what one release wrote and another does not understand must not cost the rest. */
  items: v.array(v.unknown()),
  seen_change_ids: v.fallback(v.array(v.string()), []),
  /** When timers are due by the clock of one boot of the machine. */
  due: v.fallback(
    v.optional(v.object({ boot_id: v.string(), uptime_ms: v.record(v.string(), v.number()) })),
    undefined,
  ),
})
/** A wall clock that is set (NTP after a cold start) is noticed at the next look. */
const lookAtLeastEveryMs = 1_000
const ringForMs: Record<ScheduleItem['kind'], number> = { timer: 300_000, alarm: 600_000, reminder: 15_000 }

type Ring = { readonly stop: () => void; readonly timeout: Timer }

export const createScheduleKeeper = (deps: ScheduleKeeperDeps): ScheduleKeeper => {
  const { clock, log } = deps
  const tellLost = (message: string) => deps.publishEvent({ type: 'error', code: 'schedule_damaged', message })
  const file = createJsonFile({
    path: deps.path,
    schema: storedSchema,
    log,
    copy: true,
    onLost: () => tellLost('the file of timers and alarms was damaged'),
  })
  const rings = new Map<string, Ring>()
  const boot = deps.boot ?? { bootId: 'this process', uptimeMs: clock.now }
  /** Nothing is known of the clock before the first look. */
  let lastWallAheadMs = Number.NEGATIVE_INFINITY
  let dueUptimeMs = new Map<string, number>()
  let schedule: Schedule = emptySchedule
  let looking = new AbortController()
  let turn: Promise<void> = Promise.resolve()

  const publish = (appliedChangeId?: string) =>
    deps.publishState({
      items: [...schedule.items],
      ...(appliedChangeId === undefined ? {} : { applied_change_id: appliedChangeId }),
    })
  const nowMs = () => clock.wallTime().getTime()
  /** Whether it is on the disk. */
  const store = async (): Promise<boolean> => {
    const kept = new Set(schedule.items.map((item) => item.item_id))
    dueUptimeMs = new Map([...dueUptimeMs].filter(([itemId]) => kept.has(itemId)))
    try {
      await file.write({
        v: 1,
        items: [...schedule.items],
        seen_change_ids: [...schedule.seenChangeIds],
        ...(deps.boot ? { due: { boot_id: boot.bootId, uptime_ms: Object.fromEntries(dueUptimeMs) } } : {}),
      })
      return true
    } catch (error) {
      log.error('the schedule cannot be stored', { error, items: schedule.items.length })
      return false
    }
  }
  /** A wall clock that was set moves alarms, which belong to it, and leaves timers where they are. Answers whether it was set. */
  const followWallClock = async (wallMs: number): Promise<boolean> => {
    const uptimeMs = boot.uptimeMs()
    const dueInMs = new Map([...dueUptimeMs].map(([itemId, dueMs]) => [itemId, dueMs - uptimeMs]))
    for (const itemId of rings.keys()) dueInMs.delete(itemId)
    const followed = onWallClock(schedule, dueInMs, wallMs)
    if (!followed.moved) return false
    schedule = followed.schedule
    log.info('the wall clock was set; timers go on', { timers: dueInMs.size })
    await store()
    publish()
    return true
  }
  /** Set back by less, an alarm that has just rung would ring twice. Answers whether something is due sooner. */
  const followSetBack = async (wallMs: number): Promise<boolean> => {
    const wallAheadMs = wallMs - boot.uptimeMs()
    const setBackMs = lastWallAheadMs - wallAheadMs
    lastWallAheadMs = wallAheadMs
    if (!(setBackMs > missedAfterMs)) return false
    const followed = onClockSetBack(schedule, wallMs, new Set(rings.keys()))
    if (followed === schedule) return false
    schedule = followed
    log.info('the wall clock was set back; what repeats is due sooner', { setBackMs })
    await store()
    publish()
    return true
  }
  const silence = (itemId: string) => {
    const ring = rings.get(itemId)
    if (!ring) return
    rings.delete(itemId)
    ring.timeout.cancel()
    ring.stop()
    if (rings.size === 0) deps.onRinging?.(false)
  }
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work).catch((error: unknown) => log.error('the schedule failed', { error }))
    return turn
  }
  const remove = async (itemIds: ReadonlySet<string>) => {
    for (const itemId of itemIds) silence(itemId)
    schedule = afterTheirTime(schedule, itemIds, nowMs())
    await store()
    publish()
  }
  const receiveNow = async (change: ScheduleChange) => {
    const { schedule: next, removed, refusal } = applyChange(schedule, change)
    const isNew = next !== schedule
    if (refusal) deps.publishEvent({ type: 'error', code: `schedule_${refusal.code}`, message: refusal.message })
    for (const item of removed) silence(item.item_id)
    schedule = next
    // One that came again says nothing new, and by a wall clock that was set since it would say something wrong.
    if (isNew && change.action === 'set' && change.item.kind === 'timer') {
      dueUptimeMs.set(change.item.item_id, boot.uptimeMs() + timeLeftMs(change.item, nowMs()))
    }
    const stored = await store()
    looking.abort()
    // It rings all the same, but what would not survive a power cut is not acknowledged.
    if (stored) return publish(change.change_id)
    deps.publishEvent({ type: 'error', code: 'schedule_not_stored', message: 'the disk refused the write' })
    publish()
  }
  const fire = (item: ScheduleItem) => {
    const { stop } = deps.ring(item)
    const giveUp = () => void inTurn(() => remove(new Set([item.item_id])))
    rings.set(item.item_id, { stop, timeout: clock.startTimer(ringForMs[item.kind], giveUp) })
    if (rings.size === 1) deps.onRinging?.(true)
    deps.publishEvent({ type: `${item.kind}_fired`, item_id: item.item_id })
    deps.onFired(item)
  }
  const look = async (): Promise<void> => {
    // Read once: a clock that is set between two readings would ring timers that are not due.
    const wallMs = nowMs()
    if (await followWallClock(wallMs)) return look()
    if (await followSetBack(wallMs)) return look()
    const { due, missed } = dueAt(schedule, wallMs, new Set(rings.keys()))
    for (const item of due) fire(item)
    if (missed.length === 0) return
    for (const item of missed) {
      const message = `the speaker was off at ${item.fires_at}`
      deps.publishEvent({ type: 'error', code: 'schedule_missed', item_id: item.item_id, message })
    }
    await remove(new Set(missed.map((item) => item.item_id)))
  }
  const untilNextMs = () => {
    const waiting = schedule.items.filter((item) => !rings.has(item.item_id)).map((item) => firesAtMs(item) - nowMs())
    return Math.max(0, Math.min(lookAtLeastEveryMs, ...waiting))
  }
  return {
    load: async () => {
      const stored = await file.read()
      if (!stored) return
      const items = stored.items.flatMap((stored) => {
        const item = v.safeParse(scheduleItemSchema, stored)
        return item.success && canRing(item.output) ? [item.output] : []
      })
      const lost = stored.items.length - items.length
      if (lost > 0) {
        log.warn('stored timers or alarms are damaged and gone', { lost, kept: items.length })
        tellLost(`${lost} of ${stored.items.length} timers and alarms could not be read`)
      }
      schedule = { items, seenChangeIds: stored.seen_change_ids }
      // Of another boot they say nothing: the wall clock is all there is then.
      if (stored.due?.boot_id === boot.bootId) dueUptimeMs = new Map(Object.entries(stored.due.uptime_ms))
    },
    receive: (change) => inTurn(() => receiveNow(change)),
    publish: () => publish(),
    items: () => schedule.items,
    nextDueInMs: () => Math.min(Number.POSITIVE_INFINITY, ...schedule.items.map((item) => firesAtMs(item) - nowMs())),
    isRinging: () => rings.size > 0,
    stopRinging: () => inTurn(() => remove(new Set(rings.keys()))),
    run: async (signal) => {
      const stop = () => looking.abort()
      signal.addEventListener('abort', stop, { once: true })
      while (!signal.aborted) {
        await inTurn(look)
        looking = new AbortController()
        if (!signal.aborted) await clock.sleep(untilNextMs(), looking.signal)
      }
      for (const itemId of [...rings.keys()]) silence(itemId)
      await turn
    },
  }
}

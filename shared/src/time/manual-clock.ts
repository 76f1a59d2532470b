import { type Clock, sleepOn } from './clock.ts'

/** A clock that moves only when told: `advance` fires due timers in order and lets what they woke settle before the next. */
export type ManualClock = Clock & {
  readonly advance: (byMs: number) => Promise<void>
  /** Timers that wait now: a leak check for tests. */
  readonly pendingTimers: () => number
}

type Pending = { readonly dueMs: number; readonly order: number; readonly callback: () => void }

// Settling by setImmediate runs every promise that is ready, however deep; counting microtasks does not.
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

export const createManualClock = (startAt: Date = new Date('2026-01-01T08:00:00Z')): ManualClock => {
  let nowMs = 0
  let order = 0
  const pending = new Set<Pending>()
  const startTimer: Clock['startTimer'] = (delayMs, callback) => {
    const timer = { dueMs: nowMs + Math.max(0, delayMs), order: order++, callback }
    pending.add(timer)
    return { cancel: () => void pending.delete(timer) }
  }
  const nextDue = (untilMs: number): Pending | undefined => {
    let next: Pending | undefined
    for (const timer of pending) {
      if (timer.dueMs > untilMs) continue
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer
    }
    return next
  }
  const advance = async (byMs: number) => {
    const untilMs = nowMs + byMs
    await settle()
    for (let next = nextDue(untilMs); next; next = nextDue(untilMs)) {
      pending.delete(next)
      nowMs = Math.max(nowMs, next.dueMs)
      next.callback()
      await settle()
    }
    nowMs = untilMs
    await settle()
  }
  return {
    now: () => nowMs,
    wallTime: () => new Date(startAt.getTime() + nowMs),
    sleep: sleepOn(startTimer),
    startTimer,
    advance,
    pendingTimers: () => pending.size,
  }
}

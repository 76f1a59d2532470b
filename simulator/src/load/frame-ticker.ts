import type { Clock, Timer } from '@mynah/shared/time/clock.ts'

/** Calls each member once in 20 ms on an absolute clock; a thousand timers of their own would run slow. */
export type FrameTicker = {
  /** Until the returned function is called. */
  readonly add: (tick: (nowMs: number) => void) => () => void
}

const roundMs = 20
const buckets = 5
const bucketMs = roundMs / buckets

export const createFrameTicker = (clock: Pick<Clock, 'now' | 'startTimer'>): FrameTicker => {
  const members: Set<(nowMs: number) => void>[] = Array.from({ length: buckets }, () => new Set())
  let size = 0
  let next = 0
  let joined = 0
  let timer: Timer | undefined

  const turn = () => {
    timer = undefined
    const nowMs = clock.now()
    // After a stall each is called once: it sends all that is due.
    const from = Math.max(next, Math.floor(nowMs / bucketMs) - buckets + 1)
    for (next = from; next * bucketMs <= nowMs; next++) for (const tick of members[next % buckets] ?? []) tick(nowMs)
    schedule()
  }
  const schedule = () => {
    if (size > 0) timer ??= clock.startTimer(Math.max(0, next * bucketMs - clock.now()), turn)
  }
  return {
    add: (tick) => {
      if (size === 0) next = Math.ceil(clock.now() / bucketMs)
      const bucket = members[joined++ % buckets]
      bucket?.add(tick)
      size++
      schedule()
      return () => {
        if (!bucket?.delete(tick)) return
        size--
        if (size > 0) return
        timer?.cancel()
        timer = undefined
      }
    },
  }
}

import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'

/** Called once each 20 ms, in phase with the moment it was added, at most 2 ms after it. */
export type Paced = (nowMs: number) => void

/**
 * One wheel turns for all streams of a worker: 20 ms around, in buckets of 2 ms, on an absolute clock. A thousand timers of their
 * own would run 5 to 14 % slow. After a stall each stream is called once and catches up by itself.
 */
export type PacingWheel = {
  /** Calls `paced` from the next turn on, until the returned function is called. */
  readonly add: (paced: Paced) => () => void
}

const bucketMs = 2
const bucketCount = opusFrameMs / bucketMs

export const createPacingWheel = ({
  clock,
  onSize,
}: {
  readonly clock: Clock
  /** How many it turns for, whenever that changes. */
  readonly onSize: (size: number) => void
}): PacingWheel => {
  const buckets: Set<Paced>[] = Array.from({ length: bucketCount }, () => new Set())
  let size = 0
  let timer: Timer | undefined
  let lastTick = 0

  const tickOf = (atMs: number) => Math.floor(atMs / bucketMs)
  const turn = () => {
    const nowMs = clock.now()
    const tick = tickOf(nowMs)
    // More than one way around would only call the same streams again.
    for (let due = Math.max(lastTick + 1, tick - bucketCount + 1); due <= tick; due++) {
      for (const paced of buckets[due % bucketCount] ?? []) paced(nowMs)
    }
    lastTick = Math.max(lastTick, tick)
    timer = undefined
    schedule()
  }
  const schedule = () => {
    if (size === 0 || timer) return
    timer = clock.startTimer(Math.max(0, (lastTick + 1) * bucketMs - clock.now()), turn)
  }
  const add = (paced: Paced) => {
    const nowMs = clock.now()
    if (size === 0) lastTick = tickOf(nowMs)
    // Rounded up: a bucket that turned just before its streams are due would leave them waiting for a whole turn.
    const bucket = buckets[Math.ceil(nowMs / bucketMs) % bucketCount]
    bucket?.add(paced)
    onSize(++size)
    schedule()
    let removed = false
    return () => {
      if (removed) return
      removed = true
      bucket?.delete(paced)
      onSize(--size)
      if (size === 0) {
        timer?.cancel()
        timer = undefined
      }
    }
  }
  return { add }
}

import type { Clock, Timer } from '@mynah/shared/time/clock.ts'

/**
 * Lets new connections in at a rate. After a failure of network or cloud all speakers come back in the same second, and each costs a
 * look into the store, an unsealed secret and some retained messages: let in all at once they would hold up every running turn.
 */
export type Admission = {
  /** Calls `admit` at once or in its turn; false when too many wait, and the connection is to be cut: its speaker tries again later. */
  readonly ask: (admit: () => void) => boolean
  readonly waiting: () => number
  readonly close: () => void
}

type AdmissionOptions = {
  readonly clock: Clock
  readonly perSecond: number
  /** At once after a quiet time. */
  readonly burst: number
  /** More would wait longer than a speaker does. */
  readonly maxWaiting: number
}

export const createAdmission = ({ clock, perSecond, burst, maxWaiting }: AdmissionOptions): Admission => {
  const queue: (() => void)[] = []
  let tokens = burst
  let filledAtMs = clock.now()
  let timer: Timer | undefined

  const fill = () => {
    const nowMs = clock.now()
    tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) * perSecond) / 1_000)
    filledAtMs = nowMs
  }
  const serve = () => {
    timer = undefined
    fill()
    while (queue.length > 0 && tokens >= 1) {
      tokens -= 1
      queue.shift()?.()
    }
    if (queue.length > 0) timer = clock.startTimer(Math.max(1, ((1 - tokens) * 1_000) / perSecond), serve)
  }
  return {
    ask: (admit) => {
      if (queue.length >= maxWaiting) return false
      queue.push(admit)
      if (!timer) serve()
      return true
    },
    waiting: () => queue.length,
    close: () => {
      timer?.cancel()
      queue.length = 0
    },
  }
}

import type { Clock } from '@mynah/shared/time/clock.ts'

/** From above `beginMs` until not above `endMs`. */
export type LagBounds = { readonly beginMs: number; readonly endMs: number }

/** How late the event loop of this process is with what it has to do. */
export type LoopLag = {
  /** Smoothed. */
  readonly lagMs: () => number
  /** Whether it is beyond these bounds; `onChange` hears of each change. */
  readonly beyond: (bounds: LagBounds, onChange?: (isBeyond: boolean) => void) => () => boolean
  /** Measures until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const everyMs = 100
/** One second of lateness counts in full, one hiccup does not: the newest of some ten samples weighs a fifth. */
const weight = 0.2

export const createLoopLag = ({ clock }: { readonly clock: Clock }): LoopLag => {
  const checks: (() => void)[] = []
  let lagMs = 0
  return {
    lagMs: () => lagMs,
    beyond: ({ beginMs, endMs }, onChange) => {
      let isBeyond = false
      checks.push(() => {
        const was = isBeyond
        isBeyond = lagMs > (was ? endMs : beginMs)
        if (isBeyond !== was) onChange?.(isBeyond)
      })
      return () => isBeyond
    },
    run: async (signal) => {
      while (!signal.aborted) {
        const dueMs = clock.now() + everyMs
        await clock.sleep(everyMs, signal)
        lagMs += weight * (Math.max(0, clock.now() - dueMs) - lagMs)
        for (const check of checks) check()
      }
    },
  }
}

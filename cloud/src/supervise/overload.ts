import type { Clock } from '@mynah/shared/time/clock.ts'

/** Whether this process has more to do than it can: what is new is then refused, so that what runs goes on. */
export type Overload = {
  readonly isOverloaded: () => boolean
  /** How late the event loop is, in ms, smoothed. */
  readonly lagMs: () => number
  /** Watches until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const everyMs = 100
/** One second of lateness counts in full, one hiccup does not: the newest of some ten samples weighs a fifth. */
const weight = 0.2
/** A turn whose answers come half a second late is no conversation any more; below the second bound it is again. */
const bounds = { beginMs: 500, endMs: 200 } as const

export const createOverload = ({ clock }: { readonly clock: Clock }): Overload => {
  let lagMs = 0
  let overloaded = false
  return {
    isOverloaded: () => overloaded,
    lagMs: () => lagMs,
    run: async (signal) => {
      while (!signal.aborted) {
        const dueMs = clock.now() + everyMs
        await clock.sleep(everyMs, signal)
        lagMs += weight * (Math.max(0, clock.now() - dueMs) - lagMs)
        overloaded = overloaded ? lagMs > bounds.endMs : lagMs > bounds.beginMs
      }
    },
  }
}

import { getHeapStatistics } from 'node:v8'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createLoopLag, type LoopLag } from './loop-lag.ts'

/** Whether this process has more to do than it can: what is new is then refused, so that what runs goes on. */
export type Overload = Pick<LoopLag, 'lagMs' | 'run'> & { readonly isOverloaded: () => boolean }

/** A turn whose answers come half a second late is no conversation any more; below the second bound it is again. */
const lagBounds = { beginMs: 500, endMs: 200 } as const
/** Of the memory that V8 may take before it ends the process. Garbage is in it, but V8 collects harder the nearer it comes. */
const heapBounds = { begin: 0.85, end: 0.75 } as const
const everyMs = 500

const heapShareHere = (): number => {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  return used / limit
}

export const createOverload = (deps: {
  readonly clock: Clock
  /** Of the memory that this process may use; its own when absent. */
  readonly heapShare?: () => number
}): Overload => {
  const { clock, heapShare = heapShareHere } = deps
  const { beyond, lagMs, run } = createLoopLag(deps)
  const isLate = beyond(lagBounds)
  let isFull = false
  const watchHeap = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      isFull = heapShare() > (isFull ? heapBounds.end : heapBounds.begin)
      await clock.sleep(everyMs, signal)
    }
  }
  return {
    isOverloaded: () => isFull || isLate(),
    lagMs,
    run: async (signal) => void (await Promise.all([run(signal), watchHeap(signal)])),
  }
}

import type { Clock } from '@mynah/shared/time/clock.ts'

/** Rows that are deleted at once: some 3 ms with all that hangs on them, after which everybody else has a turn. */
export const sliceRows = 50

/**
 * Takes slice after slice until one is not full, or `signal` aborts. `take` says how many rows it found of the `sliceRows` it may.
 * Resolves with the sum.
 */
export const inSlices = async (
  clock: Pick<Clock, 'sleep'>,
  take: (limit: number) => number,
  signal?: AbortSignal,
): Promise<number> => {
  let sum = 0
  while (!signal?.aborted) {
    const taken = take(sliceRows)
    sum += taken
    if (taken < sliceRows) break
    await clock.sleep(0, signal)
  }
  return sum
}

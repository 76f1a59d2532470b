import type { Clock } from '../time/clock.ts'
import { createScope } from './scope.ts'

export type TimeLimit = { readonly clock: Clock; readonly limitMs: number }

/**
 * Does the work under a signal that aborts after `limitMs` or with `signal`, and settles as the work does: a limit ends only work that
 * heeds its signal. The signal of the work is aborted when this settles, and nothing is left on `signal`.
 */
export const withTimeLimit = async <T>(
  { clock, limitMs }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> => {
  const scope = createScope(signal)
  const timer = clock.startTimer(limitMs, () => scope.abort())
  try {
    return await work(scope.signal)
  } finally {
    timer.cancel()
    scope.abort()
  }
}

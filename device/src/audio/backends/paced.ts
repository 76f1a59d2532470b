import type { Clock } from '@mynah/shared/time/clock.ts'

/**
 * Ticks every `periodMs` on an absolute beat until `signal` aborts: a late tick is followed by the next at its own time, so
 * nothing drifts. After a stall of more than `maxBehindMs` the beat starts anew instead of catching up in a rush.
 */
export async function* beats(
  { clock, periodMs, maxBehindMs }: { readonly clock: Clock; readonly periodMs: number; readonly maxBehindMs: number },
  signal: AbortSignal,
): AsyncGenerator<void> {
  let dueMs = clock.now() + periodMs
  while (!signal.aborted) {
    await clock.sleep(Math.max(0, dueMs - clock.now()), signal)
    if (signal.aborted) return
    yield
    dueMs = clock.now() - dueMs > maxBehindMs ? clock.now() + periodMs : dueMs + periodMs
  }
}

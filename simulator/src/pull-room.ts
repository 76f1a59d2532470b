import type { ManualClock } from '@mynah/shared/time/manual-clock.ts'
import type { Room } from './room.ts'

const stepMs = 20
const nextTurnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Runs a room on a manual clock as fast as its speakers consume: time moves on by 20 ms only when every microphone's reader has come
 * back for more, so a slow wake-word model makes the simulation slower and never later.
 */
export const pullRoom = async (
  deps: { readonly room: Room; readonly clock: ManualClock; readonly durationMs: number },
  signal: AbortSignal,
): Promise<void> => {
  const untilMs = deps.clock.now() + deps.durationMs
  while (deps.clock.now() < untilMs && !signal.aborted) {
    while (!deps.room.isSettled() && !signal.aborted) await nextTurnOfTheLoop()
    await deps.clock.advance(Math.min(stepMs, untilMs - deps.clock.now()))
  }
}

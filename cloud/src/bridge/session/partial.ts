import type { Effect, Turn } from './state.ts'

/** A partial that says something new reaches the speaker. */
export const onPartial = (turn: Turn, text: string, atMs: number): readonly [Turn, readonly Effect[]] => {
  if (text === turn.lastPartial) return [turn, []]
  const first = turn.timings.wake_to_first_partial === undefined
  const timings = first ? { ...turn.timings, wake_to_first_partial: atMs - turn.openedAtMs } : turn.timings
  return [{ ...turn, lastPartial: text, timings }, [{ type: 'publish_transcript', text, final: false }]]
}

import { unwrapSerial } from '../wire/serial-number.ts'
import { insertRedundancy, push } from './jitter-arrivals.ts'
import {
  type ArrivedFrame,
  type JitterBufferOptions,
  type JitterState,
  type JitterStats,
  newJitterState,
  type Popped,
} from './jitter-state.ts'
import { popPlayout, popReorder } from './jitter-turns.ts'

export type StreamTail = { readonly mediaTime: number; readonly redundancy?: readonly Uint8Array[] }

export type JitterBuffer = {
  readonly push: (arrived: ArrivedFrame, nowMs: number) => void
  readonly pop: (nowMs: number) => Popped
  /**
   * No frame has a sequence above `lastSequence`: that of the end-of-stream datagram - 1. `tail` is that datagram's own media time
   * and redundancy, which save the last frames. Only the first call counts, until `reset`.
   */
  readonly end: (lastSequence: number, nowMs: number, tail?: StreamTail) => void
  readonly stats: () => JitterStats
  /** Frames that wait now, recovered ones included, in ms. */
  readonly bufferedMs: () => number
  /** Forgets all frames and the end, keeps the counters; the next stretch starts at whatever sequence comes. */
  readonly reset: () => void
}

/**
 * Puts frames back in order and fills holes: from the redundancy of later datagrams, else by asking for concealment.
 * Pure: time comes in as an argument, in ms of one monotonic clock. Bounded by `maxMs` of frames.
 *
 * `playout` mode is for a consumer that pops on the beat, one frame per `frameMs`: it starts when `targetMs` are buffered, conceals
 * what is missing at its time, and after an underflow buffers `targetMs` again.
 * `reorder` mode is for a consumer that pops until `wait` after each push, and again after `reorderWaitMs`: frames pass at once, a
 * hole is waited for at most `reorderWaitMs`.
 *
 * Throws RangeError unless 0 < frameMs <= targetMs <= maxMs (the target counts in playout mode only).
 */
export const createJitterBuffer = (options: JitterBufferOptions): JitterBuffer => {
  const { frameMs, targetMs, maxMs, mode } = options
  const leastMs = mode === 'playout' ? targetMs : frameMs
  if (!(frameMs > 0 && leastMs >= frameMs && maxMs >= leastMs)) {
    throw new RangeError(`0 < frameMs <= targetMs <= maxMs needed, got ${frameMs}, ${targetMs} and ${maxMs}`)
  }
  const state = newJitterState(options)
  return {
    push: (arrived, nowMs) => push(state, arrived, nowMs),
    pop: (nowMs) => (mode === 'playout' ? popPlayout(state, nowMs) : popReorder(state, nowMs)),
    end: (lastSequence, nowMs, tail) => {
      if (state.end) return
      end(state, lastSequence, nowMs)
      if (tail) insertRedundancy(state, { ...tail, sequence: lastSequence + 1 }, nowMs)
    },
    stats: () => ({ ...state.counters }),
    bufferedMs: () => state.slots.size * frameMs,
    reset: () => reset(state),
  }
}

const end = (state: JitterState, lastSequence: number, nowMs: number) => {
  state.end = { lastSequence: unwrapSerial(state.newest, lastSequence), atMs: nowMs }
  for (const sequence of state.slots.keys()) if (sequence > state.end.lastSequence) state.slots.delete(sequence)
}

const reset = (state: JitterState) => {
  state.slots.clear()
  state.givenPrimary.fill(-1)
  state.isBuffering = state.options.mode === 'playout'
  state.next = undefined
  state.end = undefined
  state.concealedInARow = 0
}

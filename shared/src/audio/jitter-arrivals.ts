import { serialAdd, unwrapSerial } from '../wire/serial-number.ts'
import { type ArrivedFrame, isPassed, type JitterState, lowestOf, ringIndex, skipTo } from './jitter-state.ts'

/** Takes in what came: each sequence once, the oldest gives way where there is no room. */
export const push = (state: JitterState, arrived: ArrivedFrame, nowMs: number) => {
  const { slots, counters } = state
  const sequence = unwrapSerial(state.newest, arrived.sequence)
  if (isPassed(state, sequence)) {
    if (state.givenPrimary[ringIndex(sequence)] === sequence) counters.duplicate++
    else counters.late++
    return
  }
  if (slots.get(sequence)?.source === 'primary') {
    counters.duplicate++
    return
  }
  if (slots.size >= state.maxFrames && !slots.has(sequence)) {
    const oldest = lowestOf(slots) ?? sequence
    if (sequence < oldest) {
      counters.late++
      return
    }
    dropOldest(state, oldest)
  }
  counters.received++
  state.newest = Math.max(state.newest, sequence)
  slots.set(sequence, { frame: arrived.frame, mediaTime: arrived.mediaTime, source: 'primary', arrivedMs: nowMs })
  insertRedundancy(state, arrived, nowMs)
}

/** Frames before this one that nobody has yet. */
export const insertRedundancy = (state: JitterState, arrived: Omit<ArrivedFrame, 'frame'>, nowMs: number) => {
  const { slots, options } = state
  const sequence = unwrapSerial(state.newest, arrived.sequence)
  // Nothing before it is missing, as nearly always.
  if (state.next !== undefined && sequence - 1 < state.next) return
  const frameSamples = Math.round((options.frameMs * options.sampleRateHz) / 1_000)
  for (const [index, frame] of (arrived.redundancy ?? []).entries()) {
    const distance = index + 1
    const earlier = sequence - distance
    if (isPassed(state, earlier) || slots.has(earlier) || slots.size >= state.maxFrames) continue
    const mediaTime = serialAdd(arrived.mediaTime, -distance * frameSamples)
    slots.set(earlier, { frame, mediaTime, source: 'redundancy', arrivedMs: nowMs })
  }
}

const dropOldest = (state: JitterState, oldest: number) => {
  skipTo(state, oldest)
  if (state.slots.get(oldest)?.source === 'primary') state.counters.dropped++
  else state.counters.lost++
  state.slots.delete(oldest)
  state.next = oldest + 1
}

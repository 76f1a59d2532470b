import { type JitterState, lowestOf, type Popped, ringIndex, type Slot, skipTo } from './jitter-state.ts'

/** Beyond 60 ms concealment is silence anyway: the rest of a hole is skipped, which gives back the time that was lost. */
const maxConcealedInARow = 3
const calmMs = 10_000
const raiseFrames = 2

const wait: Popped = { type: 'wait' }
const conceal: Popped = { type: 'conceal' }
const finished: Popped = { type: 'finished' }

/** For who pops on the beat. */
export const popPlayout = (state: JitterState, nowMs: number): Popped => {
  if (state.isBuffering) {
    if (!isReady(state, nowMs)) return wait
    state.isBuffering = false
    const lowest = lowestOf(state.slots)
    // Silence has been heard already where these frames would have been: concealing them would only add delay.
    if (lowest !== undefined) skipTo(state, lowest)
  }
  lowerTarget(state, nowMs)
  return take(state, nowMs) ?? underflow(state, nowMs)
}

const isReady = ({ slots, end, targetMs, options }: JitterState, nowMs: number): boolean => {
  if (end !== undefined) return true
  let oldestArrivalMs = nowMs
  for (const slot of slots.values()) oldestArrivalMs = Math.min(oldestArrivalMs, slot.arrivedMs)
  return slots.size * options.frameMs >= targetMs || nowMs - oldestArrivalMs >= options.maxMs
}

const underflow = (state: JitterState, nowMs: number): Popped => {
  const { options, counters } = state
  counters.underflows++
  counters.concealed++
  state.isBuffering = true
  state.calmSinceMs = nowMs
  if (options.adaptive) {
    const ceilingMs = Math.max(options.targetMs, options.maxMs / 2)
    state.targetMs = Math.min(ceilingMs, state.targetMs + raiseFrames * options.frameMs)
  }
  return conceal
}

const lowerTarget = (state: JitterState, nowMs: number) => {
  if (nowMs - state.calmSinceMs < calmMs) return
  state.calmSinceMs = nowMs
  state.targetMs = Math.max(state.options.targetMs, state.targetMs - state.options.frameMs)
}

/** For who pops until `wait`. */
export const popReorder = (state: JitterState, nowMs: number): Popped => {
  const { slots, options, end } = state
  state.next ??= lowestOf(slots)
  if (state.next === undefined && end === undefined) return wait
  if (!slots.has(state.next ?? 0) && !isFinished(state)) {
    let knownSinceMs = end?.atMs ?? nowMs
    for (const slot of slots.values()) knownSinceMs = Math.min(knownSinceMs, slot.arrivedMs)
    if (nowMs - knownSinceMs < options.reorderWaitMs && slots.size < state.maxFrames) return wait
  }
  return take(state, nowMs) ?? wait
}

const isFinished = ({ next, end, slots }: JitterState): boolean =>
  end !== undefined && (next === undefined ? slots.size === 0 : next > end.lastSequence)

/** The next frame, or what stands for it now; undefined when nothing is known of it or of what follows. */
const take = (state: JitterState, nowMs: number): Popped | undefined => {
  if (isFinished(state)) return finished
  state.next ??= lowestOf(state.slots)
  if (state.next === undefined) return undefined
  const slot = state.slots.get(state.next)
  if (slot) return give(state, state.next, slot)
  const lowest = lowestOf(state.slots)
  if (lowest === undefined && state.end === undefined) return undefined
  if (state.concealedInARow >= maxConcealedInARow) {
    skipTo(state, lowest ?? (state.end?.lastSequence ?? 0) + 1)
    return take(state, nowMs)
  }
  state.next++
  state.concealedInARow++
  state.counters.lost++
  state.counters.concealed++
  return conceal
}

const give = (state: JitterState, sequence: number, slot: Slot): Popped => {
  state.slots.delete(sequence)
  state.next = sequence + 1
  state.concealedInARow = 0
  if (slot.source === 'primary') state.givenPrimary[ringIndex(sequence)] = sequence
  else {
    state.counters.recovered++
    state.counters.lost++
  }
  return { type: 'frame', frame: slot.frame, mediaTime: slot.mediaTime, source: slot.source }
}

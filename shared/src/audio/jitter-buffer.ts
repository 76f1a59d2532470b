import { serialAdd, unwrapSerial } from '../wire/serial-number.ts'

/**
 * Puts frames back in order and fills holes: from the redundancy of later datagrams, else by asking for concealment.
 * Pure: time comes in as an argument, in ms of one monotonic clock. Bounded by `maxMs` of frames.
 *
 * `playout` mode is for a consumer that pops on the beat, one frame per `frameMs`: it starts when `targetMs` are buffered, conceals
 * what is missing at its time, and after an underflow buffers `targetMs` again.
 * `reorder` mode is for a consumer that pops until `wait` after each push, and again after `reorderWaitMs`: frames pass at once, a
 * hole is waited for at most `reorderWaitMs`.
 */
export type JitterBufferOptions = {
  readonly frameMs: number
  readonly targetMs: number
  readonly maxMs: number
  readonly sampleRateHz: number
  readonly mode: 'playout' | 'reorder'
  /** How long a hole may hold up what follows; `reorder` only. */
  readonly reorderWaitMs: number
  /**
   * Playout only: each underflow raises the target by two frames, up to half of `maxMs`; ten seconds without one take a frame
   * back, down to `targetMs`.
   */
  readonly adaptive?: boolean
  /** Streams count from 0, so a hole at the very start is a loss too. */
  readonly firstSequence?: number
}

export type ArrivedFrame = {
  /** u32, counts frames. */
  readonly sequence: number
  /** u32, samples. */
  readonly mediaTime: number
  readonly frame: Uint8Array
  /** Index 0 is the frame of sequence - 1. */
  readonly redundancy?: readonly Uint8Array[]
}

export type Popped =
  | {
      readonly type: 'frame'
      readonly frame: Uint8Array
      readonly mediaTime: number
      readonly source: 'primary' | 'redundancy'
    }
  /** One frame is missing: conceal it. */
  | { readonly type: 'conceal' }
  /** Nothing to do yet: silence in playout, try later in reorder. */
  | { readonly type: 'wait' }
  /** Everything up to the end has been given out. */
  | { readonly type: 'finished' }

export type JitterStats = {
  /** Datagrams taken in, without late and duplicate ones. */
  readonly received: number
  /** Frames whose own datagram was not there at their turn: recovered, concealed or skipped. */
  readonly lost: number
  /** Of those, given out from redundancy. */
  readonly recovered: number
  /** Datagrams that came after their turn, or after the end. */
  readonly late: number
  /** Answers `conceal`: for lost frames, and one for each underflow. */
  readonly concealed: number
  readonly duplicate: number
  /** Frames that were there and were thrown away because `maxMs` was reached. */
  readonly dropped: number
  readonly underflows: number
}

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

type Slot = {
  readonly frame: Uint8Array
  readonly mediaTime: number
  readonly source: 'primary' | 'redundancy'
  readonly arrivedMs: number
}

type Counters = { -readonly [counter in keyof JitterStats]: JitterStats[counter] }

type State = {
  readonly options: JitterBufferOptions
  readonly maxFrames: number
  /** By unwrapped sequence; never more than `maxFrames`. */
  readonly slots: Map<number, Slot>
  readonly counters: Counters
  /** Which of the last sequences were given out from their own datagram: tells a duplicate from a late one. */
  readonly givenPrimary: Float64Array
  isBuffering: boolean
  /** The unwrapped sequence to give out next; undefined until the first of a stretch is known. */
  next: number | undefined
  /** The newest unwrapped sequence, the reference for unwrapping. */
  newest: number
  end: { readonly lastSequence: number; readonly atMs: number } | undefined
  concealedInARow: number
  targetMs: number
  calmSinceMs: number
}

/** Beyond 60 ms concealment is silence anyway: the rest of a hole is skipped, which gives back the time that was lost. */
const maxConcealedInARow = 3
const rememberedSequences = 256
const calmMs = 10_000
const raiseFrames = 2

const wait: Popped = { type: 'wait' }
const conceal: Popped = { type: 'conceal' }
const finished: Popped = { type: 'finished' }

/** Throws RangeError unless 0 < frameMs <= targetMs <= maxMs (the target counts in playout mode only). */
export const createJitterBuffer = (options: JitterBufferOptions): JitterBuffer => {
  const { frameMs, targetMs, maxMs, mode, firstSequence = 0 } = options
  const leastMs = mode === 'playout' ? targetMs : frameMs
  if (!(frameMs > 0 && leastMs >= frameMs && maxMs >= leastMs)) {
    throw new RangeError(`0 < frameMs <= targetMs <= maxMs needed, got ${frameMs}, ${targetMs} and ${maxMs}`)
  }
  const state: State = {
    options,
    maxFrames: Math.floor(maxMs / frameMs),
    slots: new Map(),
    counters: { received: 0, lost: 0, recovered: 0, late: 0, concealed: 0, duplicate: 0, dropped: 0, underflows: 0 },
    givenPrimary: new Float64Array(rememberedSequences).fill(-1),
    isBuffering: mode === 'playout',
    next: firstSequence,
    newest: firstSequence,
    end: undefined,
    concealedInARow: 0,
    targetMs,
    calmSinceMs: 0,
  }
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

const end = (state: State, lastSequence: number, nowMs: number) => {
  state.end = { lastSequence: unwrapSerial(state.newest, lastSequence), atMs: nowMs }
  for (const sequence of state.slots.keys()) if (sequence > state.end.lastSequence) state.slots.delete(sequence)
}

const reset = (state: State) => {
  state.slots.clear()
  state.givenPrimary.fill(-1)
  state.isBuffering = state.options.mode === 'playout'
  state.next = undefined
  state.end = undefined
  state.concealedInARow = 0
}

const push = (state: State, arrived: ArrivedFrame, nowMs: number) => {
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

const insertRedundancy = (state: State, arrived: Omit<ArrivedFrame, 'frame'>, nowMs: number) => {
  const { slots, options } = state
  const frameSamples = Math.round((options.frameMs * options.sampleRateHz) / 1_000)
  const sequence = unwrapSerial(state.newest, arrived.sequence)
  for (const [index, frame] of (arrived.redundancy ?? []).entries()) {
    const distance = index + 1
    const earlier = sequence - distance
    if (isPassed(state, earlier) || slots.has(earlier) || slots.size >= state.maxFrames) continue
    const mediaTime = serialAdd(arrived.mediaTime, -distance * frameSamples)
    slots.set(earlier, { frame, mediaTime, source: 'redundancy', arrivedMs: nowMs })
  }
}

const isPassed = ({ next, end }: State, sequence: number): boolean =>
  (next !== undefined && sequence < next) || (end !== undefined && sequence > end.lastSequence)

const ringIndex = (sequence: number): number =>
  ((sequence % rememberedSequences) + rememberedSequences) % rememberedSequences

const lowestOf = (slots: ReadonlyMap<number, Slot>): number | undefined => {
  let lowest: number | undefined
  for (const sequence of slots.keys()) if (lowest === undefined || sequence < lowest) lowest = sequence
  return lowest
}

const dropOldest = (state: State, oldest: number) => {
  skipTo(state, oldest)
  if (state.slots.get(oldest)?.source === 'primary') state.counters.dropped++
  else state.counters.lost++
  state.slots.delete(oldest)
  state.next = oldest + 1
}

/** Gives up everything before `sequence`; nothing of it is in the buffer. */
const skipTo = (state: State, sequence: number) => {
  if (state.next !== undefined) state.counters.lost += sequence - state.next
  state.next = sequence
}

const popPlayout = (state: State, nowMs: number): Popped => {
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

const isReady = ({ slots, end, targetMs, options }: State, nowMs: number): boolean => {
  if (end !== undefined) return true
  let oldestArrivalMs = nowMs
  for (const slot of slots.values()) oldestArrivalMs = Math.min(oldestArrivalMs, slot.arrivedMs)
  return slots.size * options.frameMs >= targetMs || nowMs - oldestArrivalMs >= options.maxMs
}

const underflow = (state: State, nowMs: number): Popped => {
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

const lowerTarget = (state: State, nowMs: number) => {
  if (nowMs - state.calmSinceMs < calmMs) return
  state.calmSinceMs = nowMs
  state.targetMs = Math.max(state.options.targetMs, state.targetMs - state.options.frameMs)
}

const popReorder = (state: State, nowMs: number): Popped => {
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

const isFinished = ({ next, end, slots }: State): boolean =>
  end !== undefined && (next === undefined ? slots.size === 0 : next > end.lastSequence)

/** The next frame, or what stands for it now; undefined when nothing is known of it or of what follows. */
const take = (state: State, nowMs: number): Popped | undefined => {
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

const give = (state: State, sequence: number, slot: Slot): Popped => {
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

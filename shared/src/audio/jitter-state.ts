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

/** A frame that waits for its turn. */
export type Slot = {
  readonly frame: Uint8Array
  readonly mediaTime: number
  readonly source: 'primary' | 'redundancy'
  readonly arrivedMs: number
}

type Counters = { -readonly [counter in keyof JitterStats]: JitterStats[counter] }

/** What a jitter buffer knows; `jitter-arrivals.ts` fills it, `jitter-turns.ts` empties it. */
export type JitterState = {
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

const rememberedSequences = 256

export const newJitterState = (options: JitterBufferOptions): JitterState => {
  const { frameMs, targetMs, maxMs, mode, firstSequence = 0 } = options
  return {
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
}

/** Its turn is over, or it comes after the end. */
export const isPassed = ({ next, end }: JitterState, sequence: number): boolean =>
  (next !== undefined && sequence < next) || (end !== undefined && sequence > end.lastSequence)

/** Where `givenPrimary` remembers this sequence. */
export const ringIndex = (sequence: number): number =>
  ((sequence % rememberedSequences) + rememberedSequences) % rememberedSequences

export const lowestOf = (slots: ReadonlyMap<number, Slot>): number | undefined => {
  let lowest: number | undefined
  for (const sequence of slots.keys()) if (lowest === undefined || sequence < lowest) lowest = sequence
  return lowest
}

/** Gives up everything before `sequence`; nothing of it is in the buffer. */
export const skipTo = (state: JitterState, sequence: number) => {
  if (state.next !== undefined) state.counters.lost += sequence - state.next
  state.next = sequence
}

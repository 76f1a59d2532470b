/** How many may be served at once, as found out by what they feel: a limit that follows the delay (AIMD, with a gradient). */
export type ConcurrencyLimit = {
  readonly limit: number
  /** Nobody has felt too many yet: until then the limit grows by a share instead of by one. */
  readonly isProbing: boolean
  /** What is felt when few are served, in ms: slow engines far away are no overload. */
  readonly quietMs: number
  /** No second cut before what the first one changed can be felt. */
  readonly cutAtMs: number
  /** The newest last. */
  readonly felt: readonly Felt[]
}

/** The delay of one that was served. */
export type Felt = { readonly atMs: number; readonly delayMs: number }

/** Since the look before. */
export type Seen = {
  readonly mostAtOnce: number
  readonly felt: readonly Felt[]
  /** The processes wait for the CPU longer than they have it. */
  readonly isStarved: boolean
}

export type ConcurrencyBounds = {
  /** So few are not what makes it slow: refusing another would not help, and a late answer is better than none. */
  readonly least: number
  readonly first: number
  readonly most: number
  /** What is taken for `quietMs` until it is known. */
  readonly presumedMs: number
  /** More delay than when it is quiet that is still no overload. */
  readonly spareMs: number
  /** Delays count for so long. */
  readonly rememberMs: number
  /** From one cut to the next. */
  readonly cutEveryMs: number
}

const mostFelt = 256
/** Fewer say nothing of all. */
const leastFelt = 4
/** For each look that shows the limit used: a share of it. */
const probingShare = 0.25
/** The same once it is known what too many are, while nobody is delayed at all; less, the nearer the delay comes. */
const steadyShare = 0.06
const leastGrowth = 0.25
/** How much of its growth is left where the CPU does not do: it may be others who have it, and may stay so. */
const starvedShare = 0.2
/** The limit counts as used from this share of it on: one that is not used may be too high without anybody knowing. */
const usedShare = 0.75
const cutBounds = { most: 0.7, least: 0.9 } as const
/** Of a new median, where it is higher than before: half of a change is known after some seven looks. */
const quietRise = 0.1

const median = (felt: readonly Felt[]): number =>
  felt.map(({ delayMs }) => delayMs).toSorted((a, b) => a - b)[Math.floor(felt.length / 2)] ?? 0

export const beginLimit = ({ first, presumedMs }: ConcurrencyBounds): ConcurrencyLimit => ({
  limit: first,
  isProbing: true,
  quietMs: presumedMs,
  cutAtMs: Number.NEGATIVE_INFINITY,
  felt: [],
})

/** What few feel is what it is; what many feel may be their own doing, and counts only where it is shorter. */
const quietOf = (quietMs: number, medianMs: number, isFew: boolean): number => {
  if (medianMs < quietMs) return medianMs
  return isFew ? quietMs + quietRise * (medianMs - quietMs) : quietMs
}

/** `room`: 1 when nobody is delayed, 0 where it becomes too much. */
const growthOf = ({ limit, isProbing }: ConcurrencyLimit, room: number, isStarved: boolean): number => {
  const by = isProbing ? Math.max(1, probingShare * limit) : Math.max(leastGrowth, room, steadyShare * room * limit)
  return isStarved ? starvedShare * by : by
}

/**
 * Pure; once every half second or so. More are let in as long as the limit is used and nobody is delayed; fewer, by how much too long the
 * delay is, when half of those served are. Never below `least`, never above `most`.
 */
export const stepLimit = (
  before: ConcurrencyLimit,
  seen: Seen,
  { nowMs, bounds }: { readonly nowMs: number; readonly bounds: ConcurrencyBounds },
): ConcurrencyLimit => {
  const felt = [...before.felt, ...seen.felt].filter(({ atMs }) => nowMs - atMs <= bounds.rememberMs).slice(-mostFelt)
  const isKnown = felt.length >= leastFelt
  const areFew = seen.mostAtOnce <= bounds.least
  const medianMs = median(felt)
  const quietMs = isKnown ? quietOf(before.quietMs, medianMs, areFew) : before.quietMs
  const state = { ...before, felt, quietMs }
  const allowedMs = quietMs + bounds.spareMs
  const room = Math.min(1, Math.max(0, (allowedMs - medianMs) / bounds.spareMs))
  const isDelayed = isKnown && medianMs > allowedMs
  if (!isDelayed) {
    if (seen.mostAtOnce < usedShare * state.limit) return state
    return { ...state, limit: Math.min(bounds.most, state.limit + growthOf(state, room, seen.isStarved)) }
  }
  if (areFew) return state
  if (nowMs - state.cutAtMs < bounds.cutEveryMs) return { ...state, isProbing: false }
  const share = Math.min(cutBounds.least, Math.max(cutBounds.most, allowedMs / medianMs))
  const limit = Math.max(bounds.least, Math.floor(share * Math.min(state.limit, seen.mostAtOnce)))
  return { ...state, limit, isProbing: false, cutAtMs: nowMs }
}

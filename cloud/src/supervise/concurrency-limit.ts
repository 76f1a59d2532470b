/** How many may be served at once, as found out by what they feel: a limit that follows the delay, as TCP Vegas does. */
export type ConcurrencyLimit = {
  readonly limit: number
  /** Nobody has felt too many yet: until then the limit grows by a share instead of by one. */
  readonly isProbing: boolean
  /** What is felt when few are served, in ms: slow engines far away are no overload. */
  readonly quietMs: number
  /** Until what it changed can be felt, a cut becomes deeper when the delay grows; there is no second one. */
  readonly cut?: Cut
  /** The newest last. */
  readonly felt: readonly Felt[]
}

export type Cut = { readonly from: number; readonly untilMs: number }

/** The delay of one that was served. */
export type Felt = { readonly atMs: number; readonly delayMs: number }

/** Since the look before. */
export type Seen = {
  readonly mostAtOnce: number
  /** Somebody was not let in. */
  readonly isWanted: boolean
  readonly felt: readonly Felt[]
  /** The processes wait for the CPU longer than they have it. */
  readonly isStarved: boolean
}

type Now = { readonly nowMs: number; readonly bounds: ConcurrencyBounds }

export type ConcurrencyBounds = {
  /** So few are not what makes it slow: refusing another would not help, and a late answer is better than none. */
  readonly least: number
  readonly first: number
  readonly most: number
  /** What is taken for `quietMs` until it is known. */
  readonly presumedMs: number
  /** More delay than when it is quiet that is still no overload. */
  readonly spareMs: number
  /** As long as one is served that waits for nothing: before that nobody feels who was let in. Delays count for so long. */
  readonly turnMs: number
}

/** The newest tell how it is; older ones only where there are no more. */
const mostFelt = 24
/** Fewer say nothing of all. */
const leastFelt = 4
/** For each look that shows the limit used: a share of it. */
const probingShare = 0.15
/** The same once it is known what too many are, while nobody is delayed at all; less, the nearer the delay comes. */
const steadyShare = 0.12
const leastGrowth = 0.25
/** How much of its growth is left where the CPU does not do: it may be others who have it, and may stay so. */
const starvedShare = 0.3
/** The limit counts as used from this share of it on: one that is not used may be too high without anybody knowing. */
const usedShare = 0.75
/** Those who wait, and as many again, so that what has queued is done within a turn. */
const timesWaiting = 2
const leastKept = 0.5
/** Of a new median, where it is higher than before: half of a change is known after some seven looks. */
const quietRise = 0.1

const median = (felt: readonly Felt[]): number =>
  felt.map(({ delayMs }) => delayMs).toSorted((a, b) => a - b)[Math.floor(felt.length / 2)] ?? 0

export const beginLimit = ({ first, presumedMs }: ConcurrencyBounds): ConcurrencyLimit => ({
  limit: first,
  isProbing: true,
  quietMs: presumedMs,
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

/** How many of those who are served wait is their delay's part of a turn (Little's law). */
const keptOf = (excessMs: number, turnMs: number): number =>
  Math.max(leastKept, 1 - (timesWaiting * excessMs) / (turnMs + excessMs))

const cutOf = (
  state: ConcurrencyLimit,
  { mostAtOnce, excessMs }: { readonly mostAtOnce: number; readonly excessMs: number },
  { nowMs, bounds }: Now,
): ConcurrencyLimit => {
  const isFirst = !state.cut || nowMs >= state.cut.untilMs
  const from = isFirst ? Math.min(state.limit, mostAtOnce) : state.cut.from
  const limit = Math.max(bounds.least, Math.floor(keptOf(excessMs, bounds.turnMs) * from))
  if (!isFirst && limit >= state.limit) return state
  return { ...state, limit, isProbing: false, cut: { from, untilMs: nowMs + bounds.turnMs + excessMs } }
}

/**
 * Pure; once every half second or so. More are let in as long as the limit is used and nobody is delayed; fewer, by how many wait, when
 * half of those served are. Never below `least`, never above `most`.
 */
export const stepLimit = (before: ConcurrencyLimit, seen: Seen, { nowMs, bounds }: Now): ConcurrencyLimit => {
  const felt = [...before.felt, ...seen.felt].filter(({ atMs }) => nowMs - atMs <= bounds.turnMs).slice(-mostFelt)
  const isKnown = felt.length >= leastFelt
  const areFew = seen.mostAtOnce <= bounds.least
  const medianMs = median(felt)
  const quietMs = isKnown ? quietOf(before.quietMs, medianMs, areFew) : before.quietMs
  const state = { ...before, felt, quietMs }
  const excessMs = medianMs - quietMs
  if (isKnown && excessMs > bounds.spareMs)
    return areFew ? state : cutOf(state, { mostAtOnce: seen.mostAtOnce, excessMs }, { nowMs, bounds })
  if (!seen.isWanted && seen.mostAtOnce < usedShare * state.limit) return state
  const room = Math.min(1, Math.max(0, 1 - excessMs / bounds.spareMs))
  return { ...state, limit: Math.min(bounds.most, state.limit + growthOf(state, room, seen.isStarved)) }
}

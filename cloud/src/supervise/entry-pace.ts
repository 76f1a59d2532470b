/**
 * How fast those who are let in may follow each other. Who comes in together leaves together, and the next ones take all their places at
 * once: such a wave wants the CPU for its replies in the same moment, and leaves it idle before and after.
 */
export type EntryPace = { readonly ready: number; readonly atMs: number }

export type Served = {
  readonly underWay: number
  readonly limit: number
  /** As long as one is served that waits for nothing. */
  readonly turnMs: number
}

const leastReady = 2
/** What comes together in so short a time is no wave, and a busy event loop sees no finer. */
const togetherMs = 50
/** Of the places that become free in a turn: a little more, so that the limit is reached. */
const pace = 1.2
/** Below this share of the limit nobody waits for the others: there is room for a crowd that comes to an idle machine. */
const freeShare = 0.5

export const beginPace = (): EntryPace => ({ ready: leastReady, atMs: 0 })

const readyAt = ({ ready, atMs }: EntryPace, { limit, turnMs }: Served, nowMs: number): number => {
  const perMs = (pace * limit) / turnMs
  return Math.min(Math.max(leastReady, perMs * togetherMs), ready + perMs * (nowMs - atMs))
}

/** Pure: whether another one may come in now. */
export const mayEnter = (before: EntryPace, served: Served, nowMs: number): boolean => {
  const { underWay, limit } = served
  if (underWay >= Math.floor(limit)) return false
  return underWay < freeShare * limit || readyAt(before, served, nowMs) >= 1
}

/** Pure: another one has come in. */
export const enter = (before: EntryPace, served: Served, nowMs: number): EntryPace => ({
  ready: Math.max(0, readyAt(before, served, nowMs) - 1),
  atMs: nowMs,
})

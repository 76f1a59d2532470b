import { seededRandom } from '@mynah/shared/streams/random.ts'

/** One kind of work that comes to a process. */
export type Work = {
  readonly name: string
  readonly perSecond: number
  readonly costUs: number
}

export type QueueOptions = {
  readonly works: readonly Work[]
  readonly seconds: number
  readonly seed: number
  /** All of this work comes within these seconds, from `atS` on: what happens when every speaker comes back at once. */
  readonly storm?: { readonly atS: number; readonly withinS: number; readonly count: number; readonly costUs: number }
}

export type QueueResult = {
  /** Waiting before it is begun, in ms. */
  readonly waitMs: { readonly p50: number; readonly p99: number; readonly worst: number }
  readonly busyShare: number
  readonly served: number
  /** After the storm: seconds until nobody waits for more than a quarter of a second any more. */
  readonly recoveredAfterS?: number
}

type Arrival = { readonly atUs: number; readonly costUs: number }

/** Independent arrivals at a rate: the pauses are exponential. */
const arrivalsOf = ({ perSecond, costUs }: Work, seconds: number, random: () => number): Arrival[] => {
  const arrivals: Arrival[] = []
  if (perSecond <= 0) return arrivals
  for (let atUs = 0; ; ) {
    atUs += (-Math.log(1 - random()) / perSecond) * 1e6
    if (atUs >= seconds * 1e6) return arrivals
    // A cost is no constant: half of it is fixed, the rest exponential, as garbage collection and caches make it.
    arrivals.push({ atUs, costUs: costUs * (0.5 - 0.5 * Math.log(1 - random())) })
  }
}

const stormOf = ({ storm }: QueueOptions, random: () => number): Arrival[] =>
  storm
    ? Array.from({ length: storm.count }, () => ({
        atUs: (storm.atS + random() * storm.withinS) * 1e6,
        costUs: storm.costUs,
      }))
    : []

/** A turn notices more than this. */
const quietMs = 250

/**
 * A discrete-event simulation of one event loop: what comes waits in one line, one thing is done at a time to its end. Pure: the same
 * seed gives the same result.
 */
export const simulateQueue = (options: QueueOptions): QueueResult => {
  const random = seededRandom(options.seed)
  const arrivals = [
    ...options.works.flatMap((work) => arrivalsOf(work, options.seconds, random)),
    ...stormOf(options, random),
  ].sort((a, b) => a.atUs - b.atUs)
  const waits = new Float64Array(arrivals.length)
  const stormEndsUs = ((options.storm?.atS ?? 0) + (options.storm?.withinS ?? 0)) * 1e6
  let freeAtUs = 0
  let busyUs = 0
  let lastLateUs = stormEndsUs
  for (const [at, { atUs, costUs }] of arrivals.entries()) {
    const beginsUs = Math.max(atUs, freeAtUs)
    waits[at] = (beginsUs - atUs) / 1_000
    freeAtUs = beginsUs + costUs
    busyUs += costUs
    if (options.storm && atUs > options.storm.atS * 1e6 && (waits[at] ?? 0) > quietMs)
      lastLateUs = Math.max(lastLateUs, atUs)
  }
  const sorted = waits.sort()
  const rank = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return {
    waitMs: { p50: rank(0.5), p99: rank(0.99), worst: rank(1) },
    busyShare: busyUs / Math.max(options.seconds * 1e6, freeAtUs),
    served: arrivals.length,
    ...(options.storm && { recoveredAfterS: (lastLateUs - options.storm.atS * 1e6) / 1e6 }),
  }
}

/** Times in ms as counts of tenths: a million values cost no more than ten. What is longer than ten seconds counts as ten. */
export type Histogram = {
  readonly add: (ms: number) => void
  readonly count: () => number
  /** Nearest rank, to a tenth of a millisecond; 0 when empty. */
  readonly percentile: (share: number) => number
  /** To travel between processes. */
  readonly counts: Uint32Array
}

const perMs = 10
const buckets = 10_000 * perMs + 1

export const createHistogram = (counts: Uint32Array = new Uint32Array(buckets)): Histogram => {
  let count = counts.reduce((sum, each) => sum + each, 0)
  return {
    counts,
    count: () => count,
    add: (ms) => {
      const bucket = Math.min(buckets - 1, Math.max(0, Math.round(ms * perMs)))
      counts[bucket] = (counts[bucket] ?? 0) + 1
      count++
    },
    percentile: (share) => {
      const rank = Math.max(1, Math.ceil(share * count))
      let seen = 0
      for (const [bucket, each] of counts.entries()) {
        seen += each
        if (seen >= rank) return bucket / perMs
      }
      return 0
    },
  }
}

export const mergeHistograms = (all: readonly Uint32Array[]): Histogram => {
  const sums = new Uint32Array(buckets)
  for (const counts of all)
    for (const [bucket, each] of counts.entries()) if (each > 0) sums[bucket] = (sums[bucket] ?? 0) + each
  return createHistogram(sums)
}

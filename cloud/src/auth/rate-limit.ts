import type { Clock } from '@mynah/shared/time/clock.ts'

/** Token buckets by key (an address, a device). */
export type RateLimit = {
  /** Takes one; false when the bucket is empty. */
  readonly take: (key: string) => boolean
  /** Whether `take` would be refused, without taking. */
  readonly isExhausted: (key: string) => boolean
  /** Undoes one `take` that turned out to be nothing to count. */
  readonly giveBack: (key: string) => void
}

type RateLimitOptions = {
  readonly clock: Pick<Clock, 'now'>
  readonly burst: number
  readonly perSecond: number
  /** The oldest keys are forgotten beyond this many. */
  readonly maxKeys: number
}

type Bucket = { readonly tokens: number; readonly atMs: number }

export const createRateLimit = ({ clock, burst, perSecond, maxKeys }: RateLimitOptions): RateLimit => {
  // Insertion order is age of last use: a key is moved to the end whenever it takes.
  const buckets = new Map<string, Bucket>()
  const tokensOf = (key: string): number => {
    const bucket = buckets.get(key)
    if (!bucket) return burst
    return Math.min(burst, bucket.tokens + ((clock.now() - bucket.atMs) / 1_000) * perSecond)
  }
  return {
    isExhausted: (key) => tokensOf(key) < 1,
    giveBack: (key) => {
      const bucket = buckets.get(key)
      if (bucket) buckets.set(key, { ...bucket, tokens: bucket.tokens + 1 })
    },
    take: (key) => {
      const tokens = tokensOf(key)
      const allowed = tokens >= 1
      buckets.delete(key)
      buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, atMs: clock.now() })
      const oldest = buckets.keys().next()
      if (buckets.size > maxKeys && !oldest.done) buckets.delete(oldest.value)
      return allowed
    },
  }
}

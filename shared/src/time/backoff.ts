export type Backoff = {
  /** How many attempts have failed before: 0 for the first wait. */
  readonly attempt: number
  readonly baseMs: number
  readonly maxMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/**
 * How long to wait before the next attempt: uniform between 0 and min(maxMs, baseMs * 2^attempt), so that a thousand speakers
 * that lost one broker do not come back in the same second ("full jitter"). Never above `maxMs`, whatever the attempt.
 */
export const backoffDelayMs = ({ attempt, baseMs, maxMs, random }: Backoff): number => {
  // Beyond 2^30 the ceiling decides; the bound keeps the power finite.
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(0, attempt), 30))
  return random() * ceilingMs
}

/** Bounds of one browser's connection. */
export type LiveLimits = {
  /** What may wait for a slow browser; the ring gives it back what it missed. */
  readonly maxBufferedBytes: number
  /** How long a browser that was too slow has to read what waits, and so why it was closed; what it does not read is gone with it. */
  readonly drainMs: number
  readonly pingEveryMs: number
  /** How long browsers have to answer when all are closed. */
  readonly goodbyeMs: number
}

export const defaultLiveLimits: LiveLimits = {
  maxBufferedBytes: 1_024 * 1_024,
  drainMs: 5_000,
  pingEveryMs: 20_000,
  goodbyeMs: 500,
}

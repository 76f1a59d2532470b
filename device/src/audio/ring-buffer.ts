/**
 * The newest part of the captured stream, addressed by absolute sample index (0 is the first sample ever captured), so that a
 * wake decision can reach back for its pre-roll and a second check can hear the word again. Memory is allocated once.
 */
export type RingBuffer = {
  /** Appends samples; the oldest fall out. Keeps a copy, the caller may reuse `samples`. */
  readonly write: (samples: Int16Array) => void
  /**
   * A copy of `[startSample, endSample)`, clamped to what is kept: `startSample` of the answer says where it really begins.
   * Nothing kept of the range gives zero samples.
   */
  readonly read: (startSample: number, endSample: number) => CapturedSpan
  /** Index of the oldest sample kept. */
  readonly oldestSample: () => number
  /** Index that the next written sample gets: the number of samples captured so far. */
  readonly nextSample: () => number
  /** Forgets the sound, for a mute; indexes go on. */
  readonly forget: () => void
}

export type CapturedSpan = { readonly startSample: number; readonly samples: Int16Array }

/** Throws RangeError unless `capacitySamples` is a whole number of at least 1. */
export const createRingBuffer = (settings: { readonly capacitySamples: number }): RingBuffer => {
  const { capacitySamples } = settings
  if (!Number.isSafeInteger(capacitySamples) || capacitySamples < 1) {
    throw new RangeError(`a ring buffer holds at least 1 sample, not ${capacitySamples}`)
  }
  const ring = new Int16Array(capacitySamples)
  let oldest = 0
  let next = 0

  const write = (samples: Int16Array) => {
    const kept = samples.length > capacitySamples ? samples.subarray(samples.length - capacitySamples) : samples
    const at = (next + samples.length - kept.length) % capacitySamples
    const untilWrap = Math.min(kept.length, capacitySamples - at)
    ring.set(kept.subarray(0, untilWrap), at)
    ring.set(kept.subarray(untilWrap), 0)
    next += samples.length
    oldest = Math.max(oldest, next - capacitySamples)
  }

  const read = (startSample: number, endSample: number): CapturedSpan => {
    const start = Math.min(Math.max(Math.trunc(startSample), oldest), next)
    const end = Math.min(Math.max(Math.trunc(endSample), start), next)
    const samples = new Int16Array(end - start)
    const at = start % capacitySamples
    const untilWrap = Math.min(samples.length, capacitySamples - at)
    samples.set(ring.subarray(at, at + untilWrap), 0)
    samples.set(ring.subarray(0, samples.length - untilWrap), untilWrap)
    return { startSample: start, samples }
  }

  return {
    write,
    read,
    oldestSample: () => oldest,
    nextSample: () => next,
    forget: () => {
      ring.fill(0)
      oldest = next
    },
  }
}

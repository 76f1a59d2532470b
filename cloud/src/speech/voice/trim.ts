import type { Speech } from '../engines/synthesiser.ts'

export type TrimOptions = {
  /** Silence kept before the first sound. */
  readonly leadMs?: number
  /** Silence kept, or added, after the last sound. */
  readonly tailMs?: number
}

/** About -50 dBFS: below every consonant of the voices in use, above their noise floor. */
const quiet = 100
const windowMs = 5

const peakOf = (samples: Int16Array): number => {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return peak
}

/**
 * Takes the silence off both ends, but for a margin that keeps soft consonants whole. Speech without any sound above the
 * threshold comes back as it is.
 */
export const trimSilence = (speech: Speech, { leadMs = 20, tailMs = 60 }: TrimOptions): Speech => {
  const { samples, sampleRateHz } = speech
  const window = Math.max(1, Math.round((sampleRateHz * windowMs) / 1_000))
  const loud = (at: number) => peakOf(samples.subarray(at, at + window)) > quiet
  let first = 0
  while (first < samples.length && !loud(first)) first += window
  if (first >= samples.length) return speech
  let last = samples.length
  while (last > first && !loud(Math.max(0, last - window))) last -= window
  const start = Math.max(0, first - Math.round((sampleRateHz * leadMs) / 1_000))
  const end = last + Math.round((sampleRateHz * tailMs) / 1_000)
  if (end <= samples.length) return { samples: samples.subarray(start, end), sampleRateHz }
  const padded = new Int16Array(end - start)
  padded.set(samples.subarray(start))
  return { samples: padded, sampleRateHz }
}

/**
 * Where sound begins and ends in a recording, to the sample. A sample is audible when its magnitude reaches `thresholdOfPeak`
 * of the loudest one, and never below `floor`: synthetic voices end in a few samples of dither that no one hears.
 */
const thresholdOfPeak = 0.02
const floor = 32

const audibleMagnitude = (samples: Int16Array): number => {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return Math.max(floor, peak * thresholdOfPeak)
}

/** Index of the first audible sample; undefined when all is silence. */
export const firstAudibleSample = (samples: Int16Array): number | undefined => {
  const magnitude = audibleMagnitude(samples)
  const index = samples.findIndex((sample) => Math.abs(sample) >= magnitude)
  return index < 0 ? undefined : index
}

/** Index of the last audible sample: the true end of speech of a clean utterance; undefined when all is silence. */
export const lastAudibleSample = (samples: Int16Array): number | undefined => {
  const magnitude = audibleMagnitude(samples)
  const index = samples.findLastIndex((sample) => Math.abs(sample) >= magnitude)
  return index < 0 ? undefined : index
}

/** Root mean square of the audible part (between first and last audible sample), 0 to 1 of full scale. */
export const audibleRms = (samples: Int16Array): number => {
  const from = firstAudibleSample(samples)
  const to = lastAudibleSample(samples)
  if (from === undefined || to === undefined) return 0
  let energy = 0
  for (let at = from; at <= to; at++) energy += (samples[at] ?? 0) ** 2
  return Math.sqrt(energy / (to - from + 1)) / 32_768
}

import type { SoundSource } from './mixer.ts'
import { playbackSampleRateHz } from './ports.ts'

export type Growth = {
  /** Share of the full height at the beginning, 0 to 1. */
  readonly fromGain: number
  readonly overMs: number
}

/** A sound that grows from a part of its height to all of it, evenly in decibels: nobody is startled, and nobody sleeps through it. */
export const createGrowingSource = (source: SoundSource, { fromGain, overMs }: Growth): SoundSource => {
  const overSamples = (overMs * playbackSampleRateHz) / 1000
  let played = 0
  return {
    read: () => {
      const frame = source.read()
      if (frame.type !== 'samples' || played >= overSamples) return frame
      const gain = fromGain ** (1 - played / overSamples)
      played += frame.samples.length
      return { ...frame, samples: frame.samples.map((sample) => Math.round(sample * gain)) }
    },
  }
}

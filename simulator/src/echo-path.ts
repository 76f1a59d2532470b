import { captureSampleRateHz, playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { createResampler } from '@mynah/shared/audio/resample.ts'

/** How a loudspeaker's sound returns to the microphone beside it. */
export type EchoOptions = {
  /** From the loudspeaker's cone to the microphone. */
  readonly delayMs?: number
  /** Loudness lost on the direct way; Infinity for no echo at all. */
  readonly attenuationDb?: number
  /** Taken away on top by an echo canceller between this microphone and the speaker; 0 for none. */
  readonly cancelledDb?: number
  /** Time in which reflections fall by 60 dB. */
  readonly decayMs?: number
}

const keptSamples = 4 * captureSampleRateHz
const restartGapSamples = captureSampleRateHz / 10
/** Reflections come after these delays: unequal, so that they do not ring at one pitch. */
const reflectionDelaysMs = [0, 7, 13, 23, 41, 67]

/**
 * Turns what a loudspeaker plays (24 kHz) into what its microphone hears of it (16 kHz): one direct path and a few reflections
 * that decay exponentially. `append` frames in order; `at` answers for any sample of the last four seconds, 0 outside.
 */
export const createEchoPath = (options: EchoOptions = {}) => {
  const { delayMs = 6, attenuationDb = 30, cancelledDb = 0, decayMs = 200 } = options
  const samplesPerMs = captureSampleRateHz / 1_000
  const taps = reflectionDelaysMs.map((reflectionMs) => ({
    delaySamples: Math.round((delayMs + reflectionMs) * samplesPerMs),
    gain: 10 ** ((-attenuationDb - cancelledDb - (60 * reflectionMs) / decayMs) / 20),
  }))
  const played = new Int16Array(keptSamples)
  const resampler = createResampler({ fromHz: playbackSampleRateHz, toHz: captureSampleRateHz })
  let nextSample: number | undefined

  const valueAt = (sample: number): number => {
    if (nextSample === undefined || sample >= nextSample || sample < nextSample - keptSamples || sample < 0) return 0
    return played[sample % keptSamples] ?? 0
  }

  return {
    append: (frame: Int16Array, startSample: number) => {
      // A loudspeaker that stopped and started again begins anew; the resampler's own delay is no such gap.
      if (nextSample === undefined || startSample - nextSample > restartGapSamples) nextSample = startSample
      for (const value of resampler.push(frame)) {
        played[nextSample % keptSamples] = value
        nextSample++
      }
    },
    at: (sample: number): number => {
      let sum = 0
      for (const tap of taps) sum += tap.gain * valueAt(sample - tap.delaySamples)
      return sum
    },
  }
}

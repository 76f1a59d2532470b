import { captureSampleRateHz, playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { createResampler } from '@mynah/shared/audio/resample.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'

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
  /** A few single ones, which cost little, or so many that they sound like a room. */
  readonly reflections?: 'few' | 'many'
  /** A loudspeaker that bends what comes near this value, up to 32,768; absent for one that does not. */
  readonly clipsAt?: number
}

const roomSeed = 11
/** All reflections together are quieter than the direct sound by so much: the microphone is beside the loudspeaker. */
const reverberationLossDb = 6

const keptSamples = 4 * captureSampleRateHz
const restartGapSamples = captureSampleRateHz / 10
/** Reflections come after these delays: unequal, so that they do not ring at one pitch. */
const reflectionDelaysMs = [0, 7, 13, 23, 41, 67]
const samplesPerMs = captureSampleRateHz / 1_000

const gainOfLossDb = (lossDb: number) => 10 ** (-lossDb / 20)

const fewReflections = (gain: number, decayMs: number): Float64Array => {
  const response = new Float64Array(Math.max(...reflectionDelaysMs) * samplesPerMs + 1)
  for (const delayMs of reflectionDelaysMs)
    response[delayMs * samplesPerMs] = gain * gainOfLossDb((60 * delayMs) / decayMs)
  return response
}
/** After the direct sound so many reflections that they are noise (Moorer, Computer Music Journal 3, 1979), down to -50 dB. */
const manyReflections = (gain: number, decayMs: number): Float64Array => {
  const random = seededRandom(roomSeed)
  const decaySamples = decayMs * samplesPerMs
  const response = Float64Array.from(
    { length: Math.round((decaySamples * 50) / 60) },
    (_, sample) => (random() + random() + random() - 1.5) * gainOfLossDb((60 * sample) / decaySamples),
  )
  const energy = response.reduce((sum, value) => sum + value * value, 0)
  const loudness = (gain * gainOfLossDb(reverberationLossDb)) / Math.sqrt(energy)
  return response.map((value, sample) => (sample === 0 ? gain : value * loudness))
}

/**
 * Turns what a loudspeaker plays (24 kHz) into what its microphone hears of it (16 kHz): a direct path and reflections that decay
 * exponentially. `append` frames in order; `at` answers for any sample of the last four seconds, 0 outside.
 */
export const createEchoPath = (options: EchoOptions = {}) => {
  const { delayMs = 6, attenuationDb = 30, cancelledDb = 0, decayMs = 200, reflections = 'few', clipsAt } = options
  const delaySamples = Math.round(delayMs * samplesPerMs)
  const gain = gainOfLossDb(attenuationDb + cancelledDb)
  const response = reflections === 'few' ? fewReflections(gain, decayMs) : manyReflections(gain, decayMs)
  /** By `sample % length`: from the newest on it is the echo to come of what was played. */
  const heard = new Float64Array(keptSamples)
  const distort =
    clipsAt === undefined ? (value: number) => value : (value: number) => clipsAt * Math.tanh(value / clipsAt)
  const resampler = createResampler({ fromHz: playbackSampleRateHz, toHz: captureSampleRateHz })
  let nextSample: number | undefined

  const add = (value: number, startSample: number) => {
    const from = startSample % keptSamples
    const untilWrap = Math.min(response.length, keptSamples - from)
    for (let k = 0; k < untilWrap; k++) heard[from + k] = (heard[from + k] ?? 0) + value * (response[k] ?? 0)
    for (let k = untilWrap; k < response.length; k++)
      heard[k - untilWrap] = (heard[k - untilWrap] ?? 0) + value * (response[k] ?? 0)
  }
  const forget = (sample: number) => {
    heard[sample % keptSamples] = 0
  }
  return {
    append: (frame: Int16Array, startSample: number) => {
      // A loudspeaker that stopped and started again begins anew; the resampler's own delay is no such gap.
      if (nextSample === undefined || startSample - nextSample > restartGapSamples) {
        heard.fill(0)
        nextSample = startSample
      }
      for (const value of resampler.push(frame)) {
        forget(nextSample + response.length)
        if (value !== 0) add(distort(value), nextSample)
        nextSample++
      }
    },
    at: (sample: number): number => {
      const played = sample - delaySamples
      if (nextSample === undefined || played >= nextSample + response.length || played < 0) return 0
      if (played < nextSample + response.length - keptSamples) return 0
      return heard[played % keptSamples] ?? 0
    },
  }
}

import { seededRandom } from '@mynah/shared/streams/random.ts'

/** Speech of a person one metre away, as the room's microphone hears it: what a signal-to-noise ratio refers to. */
export const speechLevelDbfs = -23

/** Endless background sound for a microphone: 16 kHz mono, repeated when it ends. */
export type Noise = { readonly samples: Int16Array; readonly gain: number }

const rmsOf = (samples: Int16Array): number => {
  let energy = 0
  for (const sample of samples) energy += sample ** 2
  return Math.sqrt(energy / Math.max(1, samples.length)) / 32_768
}

/** Scales a recording (16 kHz) so that it lies `snrDb` below speech. Throws when it holds no sound. */
export const noiseAtSnr = (samples: Int16Array, snrDb: number): Noise => {
  const rms = rmsOf(samples)
  if (rms === 0) throw new Error('The noise recording is silent, so no signal-to-noise ratio can be reached')
  return { samples, gain: 10 ** ((speechLevelDbfs - snrDb) / 20) / rms }
}

// Paul Kellet's economy filter: three poles make white noise fall by 3 dB per octave.
const createPinkFilter = () => {
  let slow = 0
  let middle = 0
  let fast = 0
  return (white: number): number => {
    slow = 0.99765 * slow + white * 0.099046
    middle = 0.963 * middle + white * 0.2965164
    fast = 0.57 * fast + white * 1.0526913
    return slow + middle + fast + white * 0.1848
  }
}

/** Pink noise of `durationMs` at 16 kHz, the same for the same seed. */
export const pinkNoise = (seed: number, durationMs = 10_000): Int16Array => {
  const random = seededRandom(seed)
  const filter = createPinkFilter()
  return Int16Array.from({ length: durationMs * 16 }, () =>
    Math.max(-32_768, Math.min(32_767, Math.round(filter(random() * 2 - 1) * 4_000))),
  )
}

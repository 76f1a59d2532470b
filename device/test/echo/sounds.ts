import { seededRandom } from '@mynah/shared/streams/random.ts'

/** 16 kHz. */
export const samplesPerMs = 16

/** Noise in syllables of 200 ms with pauses between, as loud as speech: every frequency comes up, as it does in a sentence. */
export const babble = (seed: number, durationMs: number, peak = 6_000): Int16Array => {
  const random = seededRandom(seed)
  let low = 0
  return Int16Array.from({ length: durationMs * samplesPerMs }, (_, n) => {
    const syllable = Math.max(0, Math.sin((2 * Math.PI * n) / (280 * samplesPerMs)))
    low = 0.6 * low + (random() - 0.5)
    return Math.round(peak * syllable * low)
  })
}

/** Steady, quiet noise of a microphone. */
export const hiss = (seed: number, samples: number, peak = 20): Int16Array => {
  const random = seededRandom(seed)
  return Int16Array.from({ length: samples }, () => Math.round((random() - 0.5) * 2 * peak))
}

/** Direct sound and 120 ms of reflections, at 16 kHz. */
export const roomResponse = (seed: number, loudness = 0.7): Float64Array => {
  const random = seededRandom(seed)
  const length = 120 * samplesPerMs
  const response = Float64Array.from(
    { length },
    (_, n) => loudness * 0.15 * (random() - 0.5) * 10 ** ((-2 * n) / length),
  )
  response[0] = loudness
  return response
}

/** What a microphone hears of `played`, `delaySamples` later. */
export const echoOf = (played: Int16Array, response: Float64Array, delaySamples = 0): Float64Array => {
  const heard = new Float64Array(played.length)
  for (const [n, value] of played.entries()) {
    if (value === 0) continue
    const last = Math.min(response.length, heard.length - n - delaySamples)
    for (let k = 0; k < last; k++)
      heard[n + delaySamples + k] = (heard[n + delaySamples + k] ?? 0) + value * (response[k] ?? 0)
  }
  return heard
}

export const sumOf = (...parts: readonly ArrayLike<number>[]): Int16Array =>
  Int16Array.from({ length: Math.max(...parts.map((part) => part.length)) }, (_, n) =>
    Math.max(-32_768, Math.min(32_767, Math.round(parts.reduce((sum, part) => sum + (part[n] ?? 0), 0)))),
  )

export const levelDb = (samples: ArrayLike<number>, fromMs = 0, toMs = Number.POSITIVE_INFINITY): number => {
  const [from, to] = [fromMs * samplesPerMs, Math.min(toMs * samplesPerMs, samples.length)]
  let sum = 0
  for (let n = from; n < to; n++) sum += (samples[n] ?? 0) ** 2
  return 10 * Math.log10(sum / (to - from) + 1e-9)
}

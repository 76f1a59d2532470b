import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { clampToInt16 } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'

/** Recordings beside the checkout; `docs/adr/0004-rejecting-what-is-not-a-command.md` and `docs/latency.md` hold the figures. */
export const dataRoot = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

export const readText = (name: string): Promise<string> => readFile(`${dataRoot}${name}`, 'utf8')

export const recordingsIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(`${dataRoot}${folder}`)).filter((name) => name.endsWith('.wav')).map((name) => `${folder}/${name}`)

/** 16 kHz mono. */
export const recording = async (name: string): Promise<Int16Array> => {
  const wav = decodeWav(await readFile(`${dataRoot}${name}`))
  if (!wav.ok) throw new Error(`${name}: ${wav.error.message}`)
  const { samples, sampleRateHz } = wav.value
  return sampleRateHz === 16_000 ? samples : resample(samples, { fromHz: sampleRateHz, toHz: 16_000 })
}

const power = (samples: Int16Array): number => {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return sum
}

/** Adds a random stretch of the noise so that the whole recording has this ratio of speech to noise. */
export const mixNoise = (speech: Int16Array, noise: Int16Array, snrDb: number, random: () => number): Int16Array => {
  const offset = Math.floor(random() * (noise.length - speech.length))
  const stretch = noise.subarray(offset, offset + speech.length)
  const gain = Math.sqrt(power(speech) / power(stretch) / 10 ** (snrDb / 10))
  return speech.map((sample, at) => clampToInt16(sample + gain * (stretch[at] ?? 0)))
}

/** In pieces of 60 ms, as the bridge hands them on, ten times as fast as they are spoken. */
export async function* inPieces(samples: Int16Array): AsyncGenerator<Int16Array> {
  for (let at = 0; at < samples.length; at += 960) {
    yield samples.subarray(at, at + 960)
    await systemClock.sleep(6)
  }
}

export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Half a second of room: a speaker sends what comes after the last word until it is sure that it was the last. */
export const withTail = (samples: Int16Array, tailMs = 500): Int16Array => {
  const padded = new Int16Array(samples.length + tailMs * 16)
  padded.set(samples)
  return padded
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { both, testDataAt } from '../../test/requirement.ts'
import { captureFrameSamples, captureSampleRateHz } from '../src/audio/ports.ts'

const root = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/** Real recordings lie beside the checkout, in `../shared/data`; without them tests that need a voice are skipped. */
export const recordings = testDataAt('speech-en-commands')
export const hasRecordings = recordings.isMet

/** The Mandarin acoustic model for pocketsphinx. */
export const mandarinModelDir = join(root, 'pocketsphinx-zh')
export const mandarinData = both(testDataAt('pocketsphinx-zh'), testDataAt('speech-zh'))

/** The WAV files of one folder of the recordings, sorted, as paths for `recording`. */
export const recordingsIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.wav') && !file.endsWith('kitchen.wav'))
    .sort()
    .map((file) => join(folder, file))

/** Any WAV as 16 kHz mono. */
export const soundOf = (bytes: Uint8Array): Int16Array => {
  const decoded = decodeWav(bytes)
  if (!decoded.ok) throw new Error(decoded.error.message)
  const { samples, sampleRateHz } = decoded.value
  return sampleRateHz === captureSampleRateHz
    ? samples
    : resample(samples, { fromHz: sampleRateHz, toHz: captureSampleRateHz })
}

export const recording = (path: string): Int16Array => soundOf(readFileSync(join(root, path)))

export const kitchenNoise = (): Int16Array => recording('speech-en-commands/kitchen.wav')

/** Whole capture frames of the sound; what is left at the end is padded with silence. */
export const framesOf = (samples: Int16Array): readonly Int16Array[] =>
  Array.from({ length: Math.ceil(samples.length / captureFrameSamples) }, (_, index) => {
    const frame = new Int16Array(captureFrameSamples)
    frame.set(samples.subarray(index * captureFrameSamples, (index + 1) * captureFrameSamples))
    return frame
  })

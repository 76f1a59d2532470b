import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'

/** Writes what the loudspeaker played as a WAV file (24 kHz mono) and returns its absolute path. */
export const writeReplyWav = async (path: string, samples: Int16Array): Promise<string> => {
  const absolute = resolve(path)
  await mkdir(dirname(absolute), { recursive: true })
  await writeFile(absolute, encodeWav(samples, playbackSampleRateHz))
  return absolute
}

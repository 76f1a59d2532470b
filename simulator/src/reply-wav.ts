import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'

/** Where the reply of a session is written when nobody names a file. */
export const defaultReplyPath = (sessionId: string): string => join(tmpdir(), 'mynah-replies', `${sessionId}.wav`)

/** Writes what the loudspeaker played as a WAV file (24 kHz mono) and returns its absolute path. */
export const writeReplyWav = async (path: string, samples: Int16Array): Promise<string> => {
  const absolute = resolve(path)
  await mkdir(dirname(absolute), { recursive: true })
  await writeFile(absolute, encodeWav(samples, playbackSampleRateHz))
  return absolute
}

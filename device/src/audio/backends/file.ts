import { open, readFile } from 'node:fs/promises'
import { toBytesLe } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav, encodeWav } from '@mynah/shared/audio/wav.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  captureFrameMs,
  captureFrameSamples,
  captureSampleRateHz,
  type Loudspeaker,
  type Microphone,
  playbackFrameMs,
  playbackFrameSamples,
  playbackSampleRateHz,
} from '../ports.ts'
import { beats } from './paced.ts'

const maxBehindMs = 1_000

/** A WAV file (any rate, any channels) heard once at real-time pace, then silence. Throws when the file is no sound. */
export const createFileMicrophone = (deps: { readonly clock: Clock; readonly path: string }): Microphone => ({
  frames: async function* (signal) {
    const samples = await readSound(deps.path)
    let at = 0
    for await (const _ of beats({ clock: deps.clock, periodMs: captureFrameMs, maxBehindMs }, signal)) {
      const frame = new Int16Array(captureFrameSamples)
      frame.set(samples.subarray(at, at + captureFrameSamples))
      at += captureFrameSamples
      yield frame
    }
  },
})

const readSound = async (path: string): Promise<Int16Array> => {
  const sound = decodeWav(await readFile(path))
  if (!sound.ok) throw new Error(`${path}: ${sound.error.message}`)
  return resample(sound.value.samples, { fromHz: sound.value.sampleRateHz, toHz: captureSampleRateHz })
}

const sizeOffsets = { riff: 4, sound: 40 } as const
const headerBytes = 44
/** What a stream of unknown length says; players then read to the end. */
const unknownSize = 0xff_ff_ff_ff
const framesPerWrite = 100

/** What the speaker plays, as a WAV file at 24 kHz; readable also when the process is killed before it is finished. */
export const createFileLoudspeaker = (deps: { readonly clock: Clock; readonly path: string }): Loudspeaker => ({
  outputDelayMs: 0,
  play: async (render, signal) => {
    const file = await open(deps.path, 'w')
    try {
      await file.write(headerOf(unknownSize))
      let soundBytes = 0
      let pending: Uint8Array[] = []
      const flush = async () => {
        const bytes = Buffer.concat(pending)
        pending = []
        soundBytes += bytes.length
        await file.write(bytes)
      }
      for await (const _ of beats({ clock: deps.clock, periodMs: playbackFrameMs, maxBehindMs }, signal)) {
        pending.push(toBytesLe(render().subarray(0, playbackFrameSamples)))
        if (pending.length >= framesPerWrite) await flush()
      }
      await flush()
      await file.write(headerOf(soundBytes), 0, headerBytes, 0)
    } finally {
      await file.close()
    }
  },
})

const headerOf = (soundBytes: number): Uint8Array => {
  const header = encodeWav(new Int16Array(), playbackSampleRateHz)
  const view = new DataView(header.buffer, header.byteOffset)
  view.setUint32(sizeOffsets.riff, Math.min(unknownSize, soundBytes + headerBytes - 8), true)
  view.setUint32(sizeOffsets.sound, soundBytes, true)
  return header
}

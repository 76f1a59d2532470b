import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { testDataAt } from '../../../test/requirement.ts'

/** A real voice says "alexa, turn off dining room". */
const recordingPath = fileURLToPath(
  new URL('../../../../shared/data/speech-en-wake/alexa_turn_off_dining_room.wav', import.meta.url),
)
const frameSamples = 320

export const realVoice = testDataAt('speech-en-wake')

/** The recording in frames of 20 ms at 16 kHz. */
export const voiceFrames = (): readonly Int16Array[] => {
  const decoded = decodeWav(readFileSync(recordingPath))
  if (!decoded.ok) throw new Error(decoded.error.message)
  const { samples, sampleRateHz } = decoded.value
  const voice = sampleRateHz === 16_000 ? samples : resample(samples, { fromHz: sampleRateHz, toHz: 16_000 })
  return Array.from({ length: Math.ceil(voice.length / frameSamples) }, (_, index) => {
    const frame = new Int16Array(frameSamples)
    frame.set(voice.subarray(index * frameSamples, (index + 1) * frameSamples))
    return frame
  })
}

export const pcmBytes = (samples: Int16Array): Uint8Array => new Uint8Array(samples.buffer.slice(0))

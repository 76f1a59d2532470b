import { createOpusDecoder } from '@mynah/shared/audio/opus.ts'
import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'

/** The sound of one direction of a turn: Opus frames of 20 ms in order. An empty frame was lost on the way. */
export type SoundTrack = { readonly sampleRateHz: 16_000 | 24_000; readonly frames: readonly Uint8Array[] }

/**
 *   0        1                 5                 9
 *   +--------+-----------------+-----------------+----------------+-----------------+-- ...
 *   | 1      | rate, u32, Hz   | frames, u32     | length, u16    | Opus frame      |
 *   +--------+-----------------+-----------------+----------------+-----------------+-- ...
 *                                                 \___ once for each frame ________/
 *   big-endian; length 0: the frame was lost
 */
const formatVersion = 1
const rateAt = 1
const countAt = 5
const headerBytes = 9
const lengthBytes = 2
const maxFrameBytes = 0xff_ff

export type TrackError = {
  readonly code: 'too_short' | 'bad_version' | 'bad_rate' | 'bad_length'
  readonly message: string
}

export const trackMs = ({ frames }: SoundTrack): number => frames.length * opusFrameMs

/** Throws RangeError for a frame longer than 65,535 bytes, which Opus has none of. */
export const encodeTrack = ({ sampleRateHz, frames }: SoundTrack): Uint8Array => {
  const bytes = Buffer.alloc(frames.reduce((sum, frame) => sum + lengthBytes + frame.length, headerBytes))
  bytes.writeUInt8(formatVersion)
  bytes.writeUInt32BE(sampleRateHz, rateAt)
  bytes.writeUInt32BE(frames.length, countAt)
  let at = headerBytes
  for (const frame of frames) {
    if (frame.length > maxFrameBytes) throw new RangeError(`a frame has at most ${maxFrameBytes} bytes`)
    bytes.writeUInt16BE(frame.length, at)
    bytes.set(frame, at + lengthBytes)
    at += lengthBytes + frame.length
  }
  return bytes
}

export const decodeTrack = (encoded: Uint8Array): Result<SoundTrack, TrackError> => {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  const tooShort = (needed: number) =>
    refuse({ code: 'too_short', message: `${needed} bytes needed, ${bytes.length} there` } as const)
  if (bytes.length < headerBytes) return tooShort(headerBytes)
  const version = bytes.readUInt8()
  if (version !== formatVersion) return refuse({ code: 'bad_version', message: `version ${version} is not known` })
  const sampleRateHz = bytes.readUInt32BE(rateAt)
  if (sampleRateHz !== 16_000 && sampleRateHz !== 24_000) {
    return refuse({ code: 'bad_rate', message: `${sampleRateHz} Hz is not a rate of ours` })
  }
  const count = bytes.readUInt32BE(countAt)
  const frames: Uint8Array[] = []
  let at = headerBytes
  // Each frame has bytes of its own, so a count that lies ends with the bytes that are there.
  for (let frame = 0; frame < count; frame++) {
    if (bytes.length < at + lengthBytes) return tooShort(at + lengthBytes)
    const end = at + lengthBytes + bytes.readUInt16BE(at)
    if (bytes.length < end) return tooShort(end)
    frames.push(bytes.subarray(at + lengthBytes, end))
    at = end
  }
  if (at !== bytes.length) return refuse({ code: 'bad_length', message: `${at} bytes used, ${bytes.length} there` })
  return ok({ sampleRateHz, frames })
}

/** Int16 mono; what was lost is concealed, as it was when it was heard. */
export const samplesOf = ({ sampleRateHz, frames }: SoundTrack): Int16Array => {
  const decoder = createOpusDecoder({ sampleRateHz })
  return concatSamples(
    frames.map((frame) => {
      const decoded = frame.length > 0 ? decoder.decode(frame) : undefined
      return decoded?.ok ? decoded.value : decoder.conceal()
    }),
  )
}

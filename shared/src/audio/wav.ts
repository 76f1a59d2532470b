import { ok, type Result, refuse } from '../result.ts'
import { clampToInt16 } from './pcm.ts'

/**
 * WAV (RIFF, Microsoft "Multimedia Programming Interface and Data Specifications 1.0"; WAVE_FORMAT_EXTENSIBLE).
 *
 * ```
 *  "RIFF" | u32 size | "WAVE" | chunks: 4-byte id | u32 size | body, padded to even
 *  "fmt ": u16 format | u16 channels | u32 rate | u32 bytes/s | u16 block align | u16 bits | ... at 24: u16 sub-format
 * ```
 * All little-endian. Lengths in the file are only believed up to the bytes that are there.
 */
export type WavSound = { readonly samples: Int16Array; readonly sampleRateHz: number }

export type WavRejection = {
  readonly code: 'not_wav' | 'truncated' | 'unsupported' | 'no_sound'
  readonly message: string
}

type Format = {
  readonly encoding: 'pcm' | 'float'
  readonly channels: number
  readonly sampleRateHz: number
  readonly bits: number
}

const riffHeaderBytes = 12
const chunkHeaderBytes = 8
const formatBytes = 16
const extensibleFormatBytes = 26
const subFormatOffset = 24
const formatTags = { pcm: 1, float: 3, extensible: 0xfffe } as const
const maxChannels = 32

const reject = (code: WavRejection['code'], message: string) => refuse<WavRejection>({ code, message })

/**
 * Mono (the mean of the channels), 16 bits, at the rate of the file. Reads PCM of 8, 16, 24 and 32 bits and float of 32 and 64,
 * any rate from 1 to 768,000 Hz, up to 32 channels. A data chunk that is cut off (or of unknown length, as a pipe writes it) gives
 * what is there. Never throws and never allocates more than the bytes at hand call for.
 */
export const decodeWav = (bytes: Uint8Array): Result<WavSound, WavRejection> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < riffHeaderBytes) {
    return reject('truncated', `${riffHeaderBytes} bytes needed for the RIFF header, got ${bytes.length}`)
  }
  if (idAt(view, 0) !== 'RIFF' || idAt(view, 8) !== 'WAVE')
    return reject('not_wav', 'the file does not start as RIFF WAVE')
  let format: Format | undefined
  for (const { id, body } of chunksOf(view)) {
    if (id === 'fmt ') {
      const parsed = parseFormat(body)
      if (!parsed.ok) return parsed
      format = parsed.value
    } else if (id === 'data') {
      if (!format) return reject('not_wav', 'the data chunk comes before the format chunk')
      return ok({ samples: downmix(body, format), sampleRateHz: format.sampleRateHz })
    }
  }
  return format ? reject('no_sound', 'the file has no data chunk') : reject('truncated', 'the file has no format chunk')
}

/** The chunks in order, each body cut to the bytes that are there. */
function* chunksOf(view: DataView): Generator<{ readonly id: string; readonly body: DataView }> {
  let offset = riffHeaderBytes
  while (view.byteLength - offset >= chunkHeaderBytes) {
    const sizeBytes = view.getUint32(offset + 4, true)
    const bodyOffset = offset + chunkHeaderBytes
    const presentBytes = Math.min(sizeBytes, view.byteLength - bodyOffset)
    yield { id: idAt(view, offset), body: new DataView(view.buffer, view.byteOffset + bodyOffset, presentBytes) }
    offset = bodyOffset + sizeBytes + (sizeBytes % 2)
  }
}

const idAt = (view: DataView, offset: number): string =>
  String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  )

const supportedBits = { pcm: [8, 16, 24, 32], float: [32, 64] } as const

const parseFormat = (body: DataView): Result<Format, WavRejection> => {
  if (body.byteLength < formatBytes) {
    return reject('truncated', `${formatBytes} bytes needed for the format chunk, ${body.byteLength} left`)
  }
  const encoding = encodingOf(body)
  if (!encoding.ok) return encoding
  const channels = body.getUint16(2, true)
  const sampleRateHz = body.getUint32(4, true)
  const bits = body.getUint16(14, true)
  if (channels < 1 || channels > maxChannels) {
    return reject('unsupported', `1 to ${maxChannels} channels, got ${channels}`)
  }
  if (sampleRateHz < 1 || sampleRateHz > 768_000) {
    return reject('unsupported', `1 to 768000 Hz, got ${sampleRateHz}`)
  }
  const allowed: readonly number[] = supportedBits[encoding.value]
  if (!allowed.includes(bits)) {
    return reject('unsupported', `${encoding.value} of ${allowed.join(', ')} bits, got ${bits}`)
  }
  return ok({ encoding: encoding.value, channels, sampleRateHz, bits })
}

const encodingOf = (body: DataView): Result<Format['encoding'], WavRejection> => {
  const outer = body.getUint16(0, true)
  const isExtensible = outer === formatTags.extensible
  if (isExtensible && body.byteLength < extensibleFormatBytes) {
    return reject('truncated', `${extensibleFormatBytes} bytes needed for the format chunk, ${body.byteLength} left`)
  }
  const tag = isExtensible ? body.getUint16(subFormatOffset, true) : outer
  if (tag === formatTags.pcm) return ok('pcm')
  if (tag === formatTags.float) return ok('float')
  return reject('unsupported', `format 1 (PCM) or 3 (float) needed, got ${tag}`)
}

/** A reader of one sample as a number on the 16-bit scale. */
const sampleReader = ({ encoding, bits }: Format): ((body: DataView, offset: number) => number) => {
  if (encoding === 'float') {
    return bits === 32
      ? (body, offset) => body.getFloat32(offset, true) * 32_768
      : (body, offset) => body.getFloat64(offset, true) * 32_768
  }
  switch (bits) {
    case 8:
      return (body, offset) => (body.getUint8(offset) - 128) * 256
    case 16:
      return (body, offset) => body.getInt16(offset, true)
    case 24:
      return (body, offset) => body.getInt16(offset + 1, true) + body.getUint8(offset) / 256
    default:
      return (body, offset) => body.getInt32(offset, true) / 65_536
  }
}

const downmix = (body: DataView, format: Format): Int16Array => {
  const read = sampleReader(format)
  const sampleBytes = format.bits / 8
  const blockBytes = sampleBytes * format.channels
  const samples = new Int16Array(Math.floor(body.byteLength / blockBytes))
  for (let i = 0; i < samples.length; i++) {
    let sum = 0
    for (let channel = 0; channel < format.channels; channel++) {
      sum += read(body, i * blockBytes + channel * sampleBytes)
    }
    samples[i] = clampToInt16(sum / format.channels)
  }
  return samples
}

const encodedHeaderBytes = 44

/** 16-bit PCM, mono, with the plain 44-byte header. */
export const encodeWav = (samples: Int16Array, sampleRateHz: number): Uint8Array => {
  const soundBytes = samples.length * 2
  const bytes = new Uint8Array(encodedHeaderBytes + soundBytes)
  const view = new DataView(bytes.buffer)
  const putId = (offset: number, id: string) => bytes.set(new TextEncoder().encode(id), offset)
  putId(0, 'RIFF')
  view.setUint32(4, encodedHeaderBytes - chunkHeaderBytes + soundBytes, true)
  putId(8, 'WAVE')
  putId(12, 'fmt ')
  view.setUint32(16, formatBytes, true)
  view.setUint16(20, formatTags.pcm, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  putId(36, 'data')
  view.setUint32(40, soundBytes, true)
  for (let i = 0; i < samples.length; i++) view.setInt16(encodedHeaderBytes + i * 2, samples[i] ?? 0, true)
  return bytes
}

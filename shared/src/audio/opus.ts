import { Decoder, Encoder } from '@evan/opus'
import { ok, type Result, refuse } from '../result.ts'
import { opusFrameMs } from './opus-frame.ts'

/** Opus (RFC 6716), mono, frames of 20 ms. State lives in the codec: one encoder or decoder per stream and direction. */
export type OpusSampleRateHz = 16_000 | 24_000

export type OpusEncoder = {
  /** One frame of exactly 20 ms (320 or 480 samples) to one packet, the caller's own copy. Throws RangeError for another length. */
  readonly encode: (pcm: Int16Array) => Uint8Array
  /** From the next frame on. */
  readonly setComplexity: (complexity: OpusComplexity) => void
}

export type OpusRejection = { readonly code: 'bad_packet'; readonly message: string }

export type OpusDecoder = {
  /** One packet to 20 ms, the caller's own copy. Never throws; a packet that is refused leaves the decoder as it was. */
  readonly decode: (packet: Uint8Array) => Result<Int16Array, OpusRejection>
  /** 20 ms in place of a lost packet, faded from what came before (packet loss concealment); silence before the first packet. */
  readonly conceal: () => Int16Array
}

/** RFC 6716 section 3.2.1: a frame has at most 1,275 bytes. */
const maxPacketBytes = 1_275

export const opusFrameSamples = (sampleRateHz: OpusSampleRateHz): number => (sampleRateHz * opusFrameMs) / 1_000

export type OpusComplexity = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10

/** Throws when the bit rate is not one of Opus. Complexity 5 is a sixth of a millisecond per frame and as good to the ear for speech at 24 kbit/s. */
export const createOpusEncoder = (options: {
  readonly sampleRateHz: OpusSampleRateHz
  readonly bitrateBps: number
  readonly complexity: OpusComplexity
}): OpusEncoder => {
  const frameSamples = opusFrameSamples(options.sampleRateHz)
  const encoder = new Encoder({ channels: 1, sample_rate: options.sampleRateHz, application: 'voip' })
  encoder.bitrate = options.bitrateBps
  encoder.complexity = options.complexity
  encoder.signal = 'voice'
  const encode = (pcm: Int16Array): Uint8Array => {
    if (pcm.length !== frameSamples) {
      throw new RangeError(`a frame has ${frameSamples} samples at ${options.sampleRateHz} Hz, got ${pcm.length}`)
    }
    return encoder.encode(pcm).slice()
  }
  return {
    encode,
    setComplexity: (complexity) => {
      encoder.complexity = complexity
    },
  }
}

export const createOpusDecoder = ({ sampleRateHz }: { readonly sampleRateHz: OpusSampleRateHz }): OpusDecoder => {
  const frameSamples = opusFrameSamples(sampleRateHz)
  const decoder = new Decoder({ channels: 1, sample_rate: sampleRateHz })
  let lastToc: number | undefined

  const decodeOwn = (packet: Uint8Array): Int16Array => {
    const bytes = decoder.decode(packet)
    const samples = new Int16Array(bytes.length / 2)
    new Uint8Array(samples.buffer).set(bytes)
    return samples
  }
  const decode = (packet: Uint8Array): Result<Int16Array, OpusRejection> => {
    const fault = faultOf(packet)
    if (fault) return badPacket(fault)
    try {
      const samples = decodeOwn(packet)
      lastToc = packet[0]
      return ok(samples)
    } catch {
      // libopus gives a bare error number; the packet's length is all there is to say.
      return badPacket(`libopus refuses this packet of ${packet.length} bytes`)
    }
  }
  const conceal = (): Int16Array => {
    if (lastToc === undefined) return new Int16Array(frameSamples)
    // A packet that is only a TOC byte has one empty frame, which libopus treats as lost.
    return decodeOwn(Uint8Array.of(oneFrameToc(lastToc)))
  }
  return { decode, conceal }
}

const badPacket = (message: string) => refuse({ code: 'bad_packet' as const, message })

const tocCountMask = 0b11

/** RFC 6716 section 3.1, table 2: milliseconds of one frame by configuration number. */
const frameMsOf = (configuration: number): number => {
  if (configuration < 12) return [10, 20, 40, 60][configuration % 4] ?? 0
  if (configuration < 16) return [10, 20][configuration % 2] ?? 0
  return [2.5, 5, 10, 20][configuration % 4] ?? 0
}

/** The same mode and bandwidth with one frame of 20 ms: a packet of two frames of 10 ms would conceal only one of them. */
const oneFrameToc = (toc: number): number => {
  const configuration = toc >>> 3
  const stereo = toc & 0b100
  if (configuration < 12) return (((configuration & ~3) | 1) << 3) | stereo
  if (configuration < 16) return ((configuration | 1) << 3) | stereo
  return ((configuration | 3) << 3) | stereo
}

/** RFC 6716 section 3.2: 1 frame, 2 frames, or a count in the second byte. */
const frameCountOf = (packet: Uint8Array): number => {
  const code = (packet[0] ?? 0) & tocCountMask
  if (code === 0) return 1
  if (code < 3) return 2
  return (packet[1] ?? 0) & 0x3f
}

const faultOf = (packet: Uint8Array): string | undefined => {
  if (packet.length < 1) return 'at least 1 byte needed, got 0'
  if (packet.length > maxPacketBytes) return `at most ${maxPacketBytes} bytes, got ${packet.length}`
  const durationMs = frameMsOf((packet[0] ?? 0) >>> 3) * frameCountOf(packet)
  return durationMs === opusFrameMs ? undefined : `${opusFrameMs} ms needed, the packet says ${durationMs} ms`
}

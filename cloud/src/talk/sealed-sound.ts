import { type TalkCodec, talkDownlinkHz, talkUplinkHz } from '@mynah/shared/api/talk.ts'
import { createOpusDecoder, createOpusEncoder, opusFrameSamples } from '@mynah/shared/audio/opus.ts'
import { fromBytesLe, toBytesLe } from '@mynah/shared/audio/pcm.ts'
import { createOpener, createSealer } from '@mynah/shared/wire/datagram.ts'
import { deriveSessionKeys } from '@mynah/shared/wire/session-keys.ts'

export type SealedSoundOptions = {
  readonly secret: Uint8Array
  readonly sessionId: string
  readonly up: TalkCodec
  readonly down: TalkCodec
  /** A sealed datagram for the audio plane. */
  readonly send: (datagram: Uint8Array) => void
  /** One frame of the reply, in the codec of the way down. */
  readonly onFrame: (frame: Uint8Array) => void
  /** All frames came. Called once. */
  readonly onEnd: () => void
}

/** The speaker's end of the sound of one session: plain frames of a browser outside, sealed datagrams inside. */
export type SealedSound = {
  /** False when these bytes are no frame of the codec of the way up. */
  readonly hear: (frame: Uint8Array) => boolean
  readonly endOfSpeech: () => void
  /** A datagram of the plane; one of another session is ignored. */
  readonly receive: (datagram: Uint8Array) => void
  readonly framesSent: () => number
}

const uplinkFrameSamples = opusFrameSamples(talkUplinkHz)
const pcmFrameBytes = uplinkFrameSamples * 2
/** RFC 6716 section 3.2.1. */
const maxOpusBytes = 1_275
const noPayload = new Uint8Array(0)

/** A frame as Opus; undefined when it is none. What lies inside an Opus packet is the plane's affair. */
const packer = (codec: TalkCodec): ((frame: Uint8Array) => Uint8Array | undefined) => {
  if (codec === 'opus') return (frame) => (frame.length > 0 && frame.length <= maxOpusBytes ? frame : undefined)
  const encoder = createOpusEncoder({ sampleRateHz: talkUplinkHz, bitrateBps: 24_000, complexity: 5 })
  return (frame) => (frame.length === pcmFrameBytes ? encoder.encode(fromBytesLe(frame)) : undefined)
}

const unpacker = (codec: TalkCodec): ((packet: Uint8Array) => Uint8Array) => {
  if (codec === 'opus') return (packet) => packet
  const decoder = createOpusDecoder({ sampleRateHz: talkDownlinkHz })
  return (packet) => {
    const decoded = decoder.decode(packet)
    return toBytesLe(decoded.ok ? decoded.value : decoder.conceal())
  }
}

/**
 * Seals and opens for a browser, which holds no key: its frames come over its own connection, in order and without loss. The first
 * datagram, a probe, tells the plane the way back at once.
 */
export const createSealedSound = (options: SealedSoundOptions): SealedSound => {
  const { streamId, uplinkKey, downlinkKey } = deriveSessionKeys(options.secret, options.sessionId)
  const sealer = createSealer({ key: uplinkKey, streamId, direction: 'uplink' })
  const opener = createOpener({ key: downlinkKey, streamId, direction: 'downlink' })
  const pack = packer(options.up)
  const unpack = unpacker(options.down)
  let frames = 0
  let ended = false

  options.send(sealer.seal({ type: 'probe', mediaTime: 0, payload: noPayload }))
  return {
    hear: (frame) => {
      const payload = pack(frame)
      if (!payload) return false
      options.send(
        sealer.seal({ type: 'audio', marker: frames === 0, mediaTime: frames * uplinkFrameSamples, payload }),
      )
      frames++
      return true
    },
    endOfSpeech: () =>
      options.send(sealer.seal({ type: 'end_of_stream', mediaTime: frames * uplinkFrameSamples, payload: noPayload })),
    receive: (datagram) => {
      const opened = opener.open(datagram)
      if (!opened.ok) return
      if (opened.value.type === 'audio') options.onFrame(unpack(opened.value.payload))
      if (opened.value.type !== 'end_of_stream' || ended) return
      ended = true
      options.onEnd()
    },
    framesSent: () => frames,
  }
}

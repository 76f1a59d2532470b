import { type TalkCodec, talkFrameMs, talkUplinkHz } from '@mynah/shared/api/talk.ts'
import { toBytesLe } from '@mynah/shared/audio/pcm.ts'

/** Frames of 20 ms at 16 kHz to what travels. Frames come out later than they go in, in order. */
export type VoiceEncoder = {
  readonly codec: TalkCodec
  readonly encode: (frame: Int16Array<ArrayBuffer>) => void
  /** Resolves when everything that went in has come out. */
  readonly flush: () => Promise<void>
  readonly close: () => void
}

type OnPacket = (packet: Uint8Array<ArrayBuffer>) => void

const opusConfig: AudioEncoderConfig = {
  codec: 'opus',
  sampleRate: talkUplinkHz,
  numberOfChannels: 1,
  bitrate: 24_000,
  opus: { frameDuration: talkFrameMs * 1_000 },
}

const pcmEncoder = (onPacket: OnPacket): VoiceEncoder => ({
  codec: 'pcm',
  encode: (frame) => onPacket(new Uint8Array(toBytesLe(frame))),
  flush: () => Promise.resolve(),
  close: () => {},
})

const opusEncoder = (onPacket: OnPacket): VoiceEncoder => {
  let frames = 0
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const packet = new Uint8Array(chunk.byteLength)
      chunk.copyTo(packet)
      onPacket(packet)
    },
    // The encoder is closed by then: no more frames come, and the turn ends by its silence.
    error: () => {},
  })
  encoder.configure(opusConfig)
  const isOpen = () => encoder.state === 'configured'
  return {
    codec: 'opus',
    encode: (frame) => {
      if (!isOpen()) return
      const data = new AudioData({
        format: 's16',
        sampleRate: talkUplinkHz,
        numberOfFrames: frame.length,
        numberOfChannels: 1,
        timestamp: frames * talkFrameMs * 1_000,
        data: frame,
      })
      frames++
      encoder.encode(data)
      data.close()
    },
    flush: async () => {
      if (isOpen()) await encoder.flush().catch(() => undefined)
    },
    close: () => {
      if (encoder.state !== 'closed') encoder.close()
    },
  }
}

const knowsOpus = async (): Promise<boolean> => {
  if (!('AudioEncoder' in globalThis)) return false
  try {
    return (await AudioEncoder.isConfigSupported(opusConfig)).supported === true
  } catch {
    // A browser that does not even know the fields of the configuration.
    return false
  }
}

/** Opus by the browser's own encoder (WebCodecs); plain samples where it has none. */
export const createVoiceEncoder = async (onPacket: OnPacket): Promise<VoiceEncoder> =>
  (await knowsOpus()) ? opusEncoder(onPacket) : pcmEncoder(onPacket)

import { type TalkCodec, talkDownlinkHz, talkFrameMs } from '@mynah/shared/api/talk.ts'
import { fromBytesLe } from '@mynah/shared/audio/pcm.ts'
import { browserClock } from '../time/browser-clock.ts'

/** Plays one reply as it comes. */
export type ReplyPlayer = {
  readonly push: (frame: Uint8Array<ArrayBuffer>) => void
  /** No more frames come; `onFinished` follows when the last one was played, at once when there was none. */
  readonly end: () => void
  /** Silence at once. Returns how much was played, in ms. */
  readonly stop: () => number
}

/** The loudspeaker of this page; made by a press of a button or a key, or the browser keeps it silent. */
export type Loudspeaker = {
  readonly codec: TalkCodec
  /** 0 to 100. */
  readonly setVolume: (volume: number) => void
  readonly play: (report: {
    readonly onStarted: () => void
    readonly onFinished: (playedMs: number) => void
  }) => ReplyPlayer
  readonly close: () => void
}

/** WebCodecs gives decoded Opus at its own full rate, whatever it was made from. */
const opusOutputHz = 48_000
/** Ahead of the first frame, so that the next ones are there in time. */
const leadS = 0.06

const opusConfig: AudioDecoderConfig = { codec: 'opus', sampleRate: opusOutputHz, numberOfChannels: 1 }

type Samples = { readonly samples: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }
type Decoder = {
  readonly decode: (frame: Uint8Array<ArrayBuffer>) => void
  readonly flush: () => Promise<void>
  readonly close: () => void
}

const opusDecoder = (onSamples: (sound: Samples) => void): Decoder => {
  let frames = 0
  const decoder = new AudioDecoder({
    output: (data) => {
      const samples = new Float32Array(data.numberOfFrames)
      data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
      onSamples({ samples, sampleRateHz: data.sampleRate })
      data.close()
    },
    // What cannot be decoded is not heard; the cloud's record tells how much was played.
    error: () => {},
  })
  decoder.configure(opusConfig)
  return {
    decode: (data) => {
      if (decoder.state !== 'configured') return
      decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: frames * talkFrameMs * 1_000, data }))
      frames++
    },
    flush: async () => {
      if (decoder.state === 'configured') await decoder.flush().catch(() => undefined)
    },
    close: () => {
      if (decoder.state !== 'closed') decoder.close()
    },
  }
}

const pcmDecoder = (onSamples: (sound: Samples) => void): Decoder => ({
  decode: (frame) =>
    onSamples({
      samples: Float32Array.from(fromBytesLe(frame), (value) => value / 32_768),
      sampleRateHz: talkDownlinkHz,
    }),
  flush: () => Promise.resolve(),
  close: () => {},
})

const knowsOpus = async (): Promise<boolean> => {
  // Without TLS browsers hide WebCodecs: plain samples then.
  if (!('AudioDecoder' in globalThis)) return false
  try {
    return (await AudioDecoder.isConfigSupported(opusConfig)).supported === true
  } catch {
    // A browser that does not even know the fields of the configuration.
    return false
  }
}

const playOn = (
  context: AudioContext,
  { codec, gain }: { readonly codec: TalkCodec; readonly gain: GainNode },
  report: Parameters<Loudspeaker['play']>[0],
): ReplyPlayer => {
  const sources = new Set<AudioBufferSourceNode>()
  let startS: number | undefined
  let endS = 0
  let isOver = false

  const playedMs = () =>
    startS === undefined ? 0 : Math.max(0, Math.round((Math.min(context.currentTime, endS) - startS) * 1_000))
  const schedule = ({ samples, sampleRateHz }: Samples) => {
    if (isOver || samples.length === 0) return
    const buffer = context.createBuffer(1, samples.length, sampleRateHz)
    buffer.copyToChannel(samples, 0)
    const source = context.createBufferSource()
    source.buffer = buffer
    source.connect(gain)
    sources.add(source)
    source.onended = () => void sources.delete(source)
    // After an underflow the lead is taken anew.
    if (endS < context.currentTime) endS = context.currentTime + leadS
    if (startS === undefined) {
      startS = endS
      browserClock.startTimer(leadS * 1_000, () => {
        if (!isOver) report.onStarted()
      })
    }
    source.start(endS)
    endS += buffer.duration
  }
  const decoder = codec === 'opus' ? opusDecoder(schedule) : pcmDecoder(schedule)
  const stop = (): number => {
    const heardMs = playedMs()
    isOver = true
    for (const source of sources) source.stop()
    decoder.close()
    return heardMs
  }
  const awaitEnd = () => {
    if (isOver) return
    const leftMs = (endS - context.currentTime) * 1_000
    if (startS === undefined || leftMs <= 0) {
      const heardMs = playedMs()
      stop()
      return report.onFinished(heardMs)
    }
    browserClock.startTimer(Math.min(leftMs + 5, 500), awaitEnd)
  }
  return { push: decoder.decode, end: () => void decoder.flush().then(awaitEnd), stop }
}

export const createLoudspeaker = async (): Promise<Loudspeaker> => {
  const codec = (await knowsOpus()) ? 'opus' : 'pcm'
  const context = new AudioContext({ sampleRate: codec === 'opus' ? opusOutputHz : talkDownlinkHz })
  const gain = context.createGain()
  gain.connect(context.destination)
  return {
    codec,
    setVolume: (volume) => {
      gain.gain.value = volume / 100
    },
    play: (report) => {
      void context.resume()
      return playOn(context, { codec, gain }, report)
    },
    close: () => void context.close(),
  }
}

import type { BusVolumes } from './bus-volumes.ts'
import { playbackFrameSamples, playbackSampleRateHz } from './ports.ts'
import { volumeGain } from './volume.ts'

export type SoundKind = 'reply' | 'earcon' | 'phrase' | 'announcement' | 'media' | 'alarm'

/** The next 10 ms of a sound. A frame shorter than 240 samples, or `last`, is its end; `silence` is not counted as played. */
export type SourceFrame =
  | { readonly type: 'samples'; readonly samples: Int16Array; readonly last?: boolean }
  | { readonly type: 'silence' }
  | { readonly type: 'finished' }

/** Pulled once per rendered frame. Mono, 24 kHz. Must not throw. */
export type SoundSource = { readonly read: () => SourceFrame }

export type SoundEnd = { readonly state: 'finished' | 'interrupted'; readonly playedMs: number }

export type PlayRequest = {
  readonly kind: SoundKind
  readonly source: SoundSource
  /** Called when the first sample is rendered. */
  readonly onStarted?: () => void
  /** Called once, after the last sample was rendered. */
  readonly onEnded?: (end: SoundEnd) => void
}

export type Playing = {
  readonly kind: SoundKind
  /** Exact: what was rendered of this sound, without the silence of underflows. */
  readonly playedMs: () => number
  /** Fades out within 5 ms of the next frame; nothing is heard after that frame. Later calls do nothing. */
  readonly stop: () => void
}

/** The one place where sound becomes what the loudspeaker plays. */
export type Mixer = {
  readonly play: (request: PlayRequest) => Playing
  /** 10 ms: 240 samples at 24 kHz mono. The array is used again for the next frame. Never throws. */
  readonly render: () => Int16Array
  /** 0 to 100 each, perceptual. */
  readonly setVolumes: (volumes: BusVolumes) => void
  /** Lowers everything but replies and earcons, so that the person is heard. Media is lower by itself while something is said over it. */
  readonly setDucked: (ducked: boolean) => void
  readonly isPlaying: (kind?: SoundKind) => boolean
}

const fadeSamples = (playbackSampleRateHz * 5) / 1000
const duckedGain = 0.1
const underSpeechGain = 0.25
const busOf: Readonly<Record<SoundKind, keyof BusVolumes>> = {
  reply: 'assistant',
  earcon: 'assistant',
  phrase: 'assistant',
  announcement: 'assistant',
  media: 'media',
  alarm: 'alarm',
}
/** What media makes room for. */
const saidOverMedia: ReadonlySet<SoundKind> = new Set(['reply', 'phrase', 'announcement', 'alarm'])
const neverDucked: ReadonlySet<SoundKind> = new Set(['reply', 'earcon', 'phrase'])

type Voice = {
  readonly request: PlayRequest
  playedSamples: number
  /** Gain at the end of the frame before; undefined before the first, which needs no ramp. */
  lastGain: number | undefined
  stopping: boolean
}

const toMs = (samples: number) => (samples * 1000) / playbackSampleRateHz

export const createMixer = (settings: { readonly volume: number }): Mixer => {
  const { volume } = settings
  let volumes: BusVolumes = { assistant: volume, media: volume, alarm: volume }
  let ducked = false
  const voices = new Set<Voice>()
  const sum = new Float32Array(playbackFrameSamples)
  const frame = new Int16Array(playbackFrameSamples)

  const isSpokenOver = () => [...voices].some(({ request }) => saidOverMedia.has(request.kind))
  const gainOf = (kind: SoundKind) => {
    const base = volumeGain(volumes[busOf[kind]])
    if (ducked && !neverDucked.has(kind)) return base * duckedGain
    return kind === 'media' && isSpokenOver() ? base * underSpeechGain : base
  }
  const finish = (voice: Voice, state: SoundEnd['state']) => {
    voices.delete(voice)
    voice.request.onEnded?.({ state, playedMs: toMs(voice.playedSamples) })
  }
  /** Adds one frame of a voice with its gain ramped from that of the frame before; a stopping voice gets only the fade. */
  const addFrame = (voice: Voice, samples: Int16Array): void => {
    const target = gainOf(voice.request.kind)
    const from = voice.lastGain ?? target
    const heard = voice.stopping ? Math.min(samples.length, fadeSamples) : samples.length
    const slope = (target - from) / playbackFrameSamples
    for (let i = 0; i < heard; i++) {
      const fade = voice.stopping ? 1 - (i + 1) / heard : 1
      sum[i] = (sum[i] ?? 0) + (samples[i] ?? 0) * (from + slope * i) * fade
    }
    voice.lastGain = target
    voice.playedSamples += heard
  }
  const renderSamples = (voice: Voice, frame: Extract<SourceFrame, { type: 'samples' }>) => {
    // A sound stopped before it was ever heard stays unheard: there is nothing to fade.
    if (voice.stopping && voice.playedSamples === 0) return finish(voice, 'interrupted')
    if (voice.playedSamples === 0) voice.request.onStarted?.()
    const samples = frame.samples.subarray(0, playbackFrameSamples)
    addFrame(voice, samples)
    if (voice.stopping) finish(voice, 'interrupted')
    else if (frame.last || samples.length < playbackFrameSamples) finish(voice, 'finished')
  }
  const renderVoice = (voice: Voice) => {
    const next = voice.request.source.read()
    if (next.type === 'samples' && next.samples.length > 0) renderSamples(voice, next)
    else if (voice.stopping) finish(voice, 'interrupted')
    else if (next.type !== 'silence') finish(voice, 'finished')
  }
  return {
    play: (request) => {
      const voice: Voice = { request, playedSamples: 0, lastGain: undefined, stopping: false }
      voices.add(voice)
      return {
        kind: request.kind,
        playedMs: () => toMs(voice.playedSamples),
        stop: () => {
          voice.stopping = true
        },
      }
    },
    render: () => {
      sum.fill(0)
      for (const voice of [...voices]) renderVoice(voice)
      for (let i = 0; i < playbackFrameSamples; i++) {
        frame[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum[i] ?? 0)))
      }
      return frame
    },
    setVolumes: (next) => {
      volumes = next
    },
    setDucked: (on) => {
      ducked = on
    },
    isPlaying: (kind) => [...voices].some((voice) => kind === undefined || voice.request.kind === kind),
  }
}

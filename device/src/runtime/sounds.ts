import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { createScope } from '@mynah/shared/streams/scope.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createEarcons } from '../audio/earcons.ts'
import { createGrowingSource } from '../audio/growing-source.ts'
import type { Mixer, Playing, SoundKind, SoundSource } from '../audio/mixer.ts'
import { createPcmSource } from '../audio/pcm-source.ts'
import { playbackSampleRateHz } from '../audio/ports.ts'
import { fetchBytes } from '../link/fetch-bytes.ts'
import type { EarconName, PlaybackState, TurnFailure } from './speaker-event.ts'

export type PlaybackReport = {
  readonly state: PlaybackState
  readonly playedMs: number
  readonly failure?: TurnFailure
}

export type SoundsDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly mixer: Mixer
  readonly outputDelayMs: number
  readonly fetch: typeof fetch
  readonly cloudUrl: string
  /** `device_id:mqtt_password`. */
  readonly bearer: string
}

export type PlayOrder = {
  readonly kind: SoundKind
  readonly source: SoundSource | { readonly url: string } | { readonly samples: Int16Array }
  /** `started`, then exactly one of `finished`, `interrupted`, `failed`. */
  readonly report: (report: PlaybackReport) => void
  /** The first sample was rendered. */
  readonly onFirstSample?: () => void
}

/** A sound under way, or on its way from the cloud. */
export type Sound = { readonly stop: () => void }

export type Sounds = {
  readonly earcon: (earcon: EarconName) => void
  readonly play: (order: PlayOrder) => Sound
  /** Rings until stopped, the longer the louder. */
  readonly ring: () => Sound
}

/** A ring begins as loud as speech in a quiet room and is at its full height when nobody came. */
const growth = { fromGain: 0.3, overMs: 30_000 }
/** One minute of 24 kHz mono and its header. */
const maxSoundBytes = 2_900_000
const fetchTimeoutMs = 10_000

export const createSounds = (deps: SoundsDeps): Sounds => {
  const { clock, log, mixer } = deps
  const earcons = createEarcons()

  const playSource = (order: PlayOrder, source: SoundSource): Sound => {
    let reported = false
    const reportOnce = (report: PlaybackReport) => {
      if (reported) return
      reported = true
      order.report(report)
    }
    const playing: Playing = mixer.play({
      kind: order.kind,
      source,
      onStarted: () => {
        order.onFirstSample?.()
        order.report({ state: 'started', playedMs: 0 })
      },
      onEnded: ({ state, playedMs }) => {
        // Rendered is not heard yet: the hardware still holds the last samples.
        if (state === 'finished' && deps.outputDelayMs > 0) {
          clock.startTimer(deps.outputDelayMs, () => reportOnce({ state, playedMs }))
        } else reportOnce({ state, playedMs })
      },
    })
    return {
      stop: () => {
        playing.stop()
        // Told at once, so that the cloud's history knows what was heard before the turn is closed.
        reportOnce({ state: 'interrupted', playedMs: playing.playedMs() })
      },
    }
  }
  const playUrl = (order: PlayOrder, url: string): Sound => {
    const scope = createScope()
    const timeout = clock.startTimer(fetchTimeoutMs, () => scope.abort())
    let sound: Sound | undefined
    let stopped = false
    scope.run(async (signal) => {
      const fetched = await fetchSound(deps, url, signal)
      timeout.cancel()
      if (stopped) return
      if (fetched.ok) sound = playSource(order, createPcmSource(fetched.value))
      else order.report({ state: 'failed', playedMs: 0, failure: { stage: 'playback', ...fetched.error } })
    })
    scope.done().catch((error: unknown) => log.error('a sound failed', { error }))
    return {
      stop: () => {
        if (stopped) return
        stopped = true
        timeout.cancel()
        scope.abort()
        if (sound) sound.stop()
        else order.report({ state: 'interrupted', playedMs: 0 })
      },
    }
  }
  return {
    earcon: (earcon) => {
      mixer.play({ kind: 'earcon', source: createPcmSource(earcons[earcon]) })
    },
    play: (order) => {
      if ('url' in order.source) return playUrl(order, order.source.url)
      return playSource(order, 'samples' in order.source ? createPcmSource(order.source.samples) : order.source)
    },
    ring: () =>
      mixer.play({
        kind: 'alarm',
        source: createGrowingSource(createPcmSource(earcons.timer_ring, { repeat: true }), growth),
      }),
  }
}

type SoundRefusal = { readonly code: string; readonly message: string }

/** Only the own cloud is asked with the own password; anything else is fetched without. */
const fetchSound = async (
  deps: SoundsDeps,
  url: string,
  signal: AbortSignal,
): Promise<Result<Int16Array, SoundRefusal>> => {
  const at = URL.canParse(url, deps.cloudUrl) ? new URL(url, deps.cloudUrl) : undefined
  if (!at || !/^https?:$/.test(at.protocol))
    return refuse({ code: 'bad_url', message: 'an http or https URL is needed' })
  const own = at.origin === new URL(deps.cloudUrl).origin
  const request = { fetch: deps.fetch, url: at, maxBytes: maxSoundBytes, ...(own ? { bearer: deps.bearer } : {}) }
  const bytes = await fetchBytes(request, signal)
  if (!bytes.ok) return bytes
  const sound = decodeWav(bytes.value)
  if (!sound.ok) return sound
  const { samples, sampleRateHz } = sound.value
  return ok(resample(samples, { fromHz: sampleRateHz, toHz: playbackSampleRateHz }))
}

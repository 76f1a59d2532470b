import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { StageOutcome } from '../homes/stage-outcome.ts'
import type { SpokenAudio, TextToSpeech } from '../providers/stages.ts'
import { StageError } from '../providers/stages.ts'
import { speakAhead } from './speak-ahead.ts'

export type OneTimeSpeech = {
  readonly deviceId: string
  /** Whose voice speaks; absent: the cloud's own. */
  readonly homeId?: string
  readonly text: string
  readonly language: Language
  readonly voice?: string
}

/** What a token stood for: sound once, then the knowledge that it was there. */
export type Redeemed =
  | { readonly type: 'sound'; readonly synthesize: (signal: AbortSignal) => AsyncIterable<SpokenAudio> }
  | { readonly type: 'gone'; readonly why: 'used' | 'expired' }
  | { readonly type: 'unknown' }

export type OneTimeAudioStore = {
  /** Plan B: a path (at a bridge a URL) that speaks this text to whoever fetches it first. Rejects with `StageError` when too many wait. */
  readonly offer: (speech: OneTimeSpeech, signal: AbortSignal) => Promise<string>
  /**
   * The same, spoken at once: resolves with the first sound, so that a voice that fails is known before anybody fetches. Rejects
   * with the `StageError` of the voice; one that comes later is told to `onFailed`. `signal` ends the voice.
   */
  readonly offerSpoken: (
    speech: OneTimeSpeech,
    onFailed: (error: StageError) => void,
    signal: AbortSignal,
  ) => Promise<{ readonly url: string; readonly firstAudioMs: number }>
  /** The same for sound that is there already, such as a recorded voice. Throws `StageError` when too many wait. */
  readonly offerSound: (deviceId: string, sound: SpokenAudio) => string
  readonly redeem: (token: string) => Redeemed
  /** Hears how the voice did each time that the sound of an `offer` was fetched, all of it or until it failed. Returns how to stop. */
  readonly onSpoken: (listener: SpokenListener) => () => void
}

export type SpokenListener = (speech: OneTimeSpeech, outcome: StageOutcome) => void

type Synthesize = (signal: AbortSignal) => AsyncIterable<SpokenAudio>
type Offer =
  | {
      readonly state: 'open'
      readonly synthesize: Synthesize
      readonly expiresAtMs: number
      readonly onExpired: () => void
    }
  | { readonly state: 'used' | 'expired' }

const lifetimeMs = 60_000
const tokenBytes = 32
const maxOpen = 1_000
const maxRemembered = 5_000

// Kept by hash: neither a leak of this map nor the time of a look-up helps to guess a token.
const keyOf = (token: string) => createHash('sha256').update(token).digest('base64url')

export type OneTimeAudioDeps = {
  readonly clock: Clock
  /** Where this process answers, when speakers know another one as their cloud: a bridge beside a gateway. */
  readonly origin?: () => string
  readonly voiceOf: (homeId: string | undefined) => TextToSpeech
}

export const createOneTimeAudio = ({ clock, voiceOf, origin = () => '' }: OneTimeAudioDeps): OneTimeAudioStore => {
  const offers = new Map<string, Offer>()
  const listeners = new Set<SpokenListener>()
  let open = 0
  const settle = (key: string, state: 'used' | 'expired') => {
    if (offers.get(key)?.state === 'open') open -= 1
    offers.delete(key)
    offers.set(key, { state })
    const oldest = [...offers.keys()].find((candidate) => offers.get(candidate)?.state !== 'open')
    if (offers.size > maxRemembered && oldest !== undefined) offers.delete(oldest)
  }
  const expire = (key: string) => {
    const offer = offers.get(key)
    if (offer?.state !== 'open') return
    settle(key, 'expired')
    offer.onExpired()
  }
  const refuseBeyond = () => {
    if (open >= maxOpen) throw new StageError('tts', 'refused', `${maxOpen} sounds wait to be fetched already`)
  }
  const add = (synthesize: Synthesize, onExpired: () => void = () => {}): string => {
    refuseBeyond()
    const token = randomBytes(tokenBytes).toString('base64url')
    const key = keyOf(token)
    offers.set(key, { state: 'open', synthesize, expiresAtMs: clock.now() + lifetimeMs, onExpired })
    open += 1
    clock.startTimer(lifetimeMs, () => expire(key))
    return `${origin()}/audio/${token}`
  }
  const voiceFor =
    ({ homeId, text, language, voice }: OneTimeSpeech): Synthesize =>
    (signal) =>
      voiceOf(homeId).synthesize({ text, language, ...(voice !== undefined && { voice }) }, signal)
  const spokenWhenFetched = (speech: OneTimeSpeech): Synthesize =>
    async function* (signal) {
      // Whoever went away while it spoke has learnt nothing of the voice.
      const tell = (outcome: StageOutcome) => {
        if (!signal.aborted) for (const listener of listeners) listener(speech, outcome)
      }
      try {
        const { sound } = await speakAhead({ clock, synthesize: voiceFor(speech), onFailed: () => {} }, signal)
        yield* sound
        tell({ ok: true })
      } catch (error) {
        if (error instanceof StageError) tell({ ok: false, code: error.code })
        throw error
      }
    }
  return {
    offer: async (speech) => add(spokenWhenFetched(speech)),
    offerSpoken: async (speech, onFailed, signal) => {
      refuseBeyond()
      const { sound, stop, firstAudioMs } = await speakAhead({ clock, synthesize: voiceFor(speech), onFailed }, signal)
      const fetched: Synthesize = (fetching) => {
        fetching.addEventListener('abort', stop, { once: true })
        return sound
      }
      return { url: add(fetched, stop), firstAudioMs }
    },
    offerSound: (_deviceId, sound) =>
      add(async function* () {
        yield sound
      }),
    redeem: (token) => {
      const key = keyOf(token)
      const offer = offers.get(key)
      if (!offer) return { type: 'unknown' }
      if (offer.state !== 'open') return { type: 'gone', why: offer.state }
      if (offer.expiresAtMs <= clock.now()) {
        expire(key)
        return { type: 'gone', why: 'expired' }
      }
      settle(key, 'used')
      return { type: 'sound', synthesize: offer.synthesize }
    },
    onSpoken: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

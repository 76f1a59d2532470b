import { join } from 'node:path'
import { createScope } from '@mynah/shared/streams/scope.ts'
import type { Timer } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { createCapture } from '../audio/capture.ts'
import { createEarcons } from '../audio/earcons.ts'
import { createMixer, type Playing } from '../audio/mixer.ts'
import { createPcmSource } from '../audio/pcm-source.ts'
import { defaultConfig } from '../config/device-config.ts'
import type { SpeakerIdentity } from '../identity/identity.ts'
import { createPhrases } from '../link/phrases.ts'
import { keepPlaying } from '../runtime/keep-playing.ts'
import type { SpeakerDeps } from '../runtime/speaker-deps.ts'
import type { EarconName, SpeakerEvent } from '../runtime/speaker-event.ts'
import { createClaim } from './claim.ts'
import type { ClaimFile } from './claim-file.ts'
import { claimPhraseNames, repeatDelayMs, spokenCode } from './spoken-code.ts'

export type UnclaimedDeps = Pick<
  SpeakerDeps,
  'clock' | 'log' | 'random' | 'microphone' | 'loudspeaker' | 'wakeWord' | 'voiceActivity' | 'storeDir'
> & {
  readonly cloudUrl: string
  readonly language: Language
  readonly fetch: typeof fetch
  readonly file: ClaimFile
  /** Puts the new identity on disk. */
  readonly keep: (identity: SpeakerIdentity) => Promise<void>
  readonly emit: (event: SpeakerEvent) => void
}

/** A speaker without an owner: it says its code, hears its wake word, and nothing of the room leaves it. */
export type UnclaimedSpeaker = {
  /** Says the code again. */
  readonly pressButton: () => void
  /** Until somebody has claimed it (resolves with the identity, which is on disk) or `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<SpeakerIdentity | undefined>
}

/** So long after a start, a wake or a press somebody may still want the code. */
const attentionMs = 10 * 60_000
const thanksAtMostMs = 5_000

export const createUnclaimedSpeaker = (deps: UnclaimedDeps): UnclaimedSpeaker => {
  const { clock, log, language, emit } = deps
  const mixer = createMixer({ volume: defaultConfig.volume })
  const earcons = createEarcons()
  const phrases = createPhrases({
    names: claimPhraseNames,
    dir: join(deps.storeDir, 'phrases'),
    cloudUrl: deps.cloudUrl,
    fetch: deps.fetch,
    log,
  })
  const attention = createAttention(deps)
  let code: string | undefined
  let isAskedFor = false
  let timesSaid = 0
  let saying: Playing | undefined
  let next: Timer | undefined
  let running: AbortSignal | undefined

  const earcon = (name: EarconName) => {
    mixer.play({ kind: 'earcon', source: createPcmSource(earcons[name]) })
    emit({ type: 'earcon', earcon: name, atMs: clock.now() })
  }
  const planNext = () => {
    const delayMs = repeatDelayMs(timesSaid)
    if (delayMs !== undefined && !running?.aborted) next = clock.startTimer(delayMs, () => say(false))
  }
  const say = (introduction: boolean) => {
    next?.cancel()
    saying?.stop()
    if (code === undefined) return
    timesSaid++
    const sound = spokenCode(code, (name) => phrases.get(language, name), introduction)
    if (!sound) {
      // A cloud without a voice: the code is still in the log and on the console.
      earcon('error')
      return planNext()
    }
    saying = mixer.play({
      kind: 'phrase',
      source: createPcmSource(sound),
      onEnded: ({ state }) => {
        if (state === 'finished') planNext()
      },
    })
    emit({ type: 'claim_code_said', code, atMs: clock.now() })
  }
  const onCode = (now: string | undefined) => {
    if (now === code) return
    code = now
    if (code === undefined) return next?.cancel()
    emit({ type: 'claim_code', code, cloudUrl: deps.cloudUrl, atMs: clock.now() })
    const signal = running
    if (!signal) return
    const sayWhenFetched = async () => {
      await phrases.fetchMissing(language, signal)
      if (code === now && !signal.aborted) say(timesSaid === 0)
    }
    isAskedFor = false
    sayWhenFetched().catch((error: unknown) => log.error('the code was not said', { error }))
  }
  const beAsked = () => {
    attention.renew()
    timesSaid = 0
    if (code !== undefined) return say(true)
    isAskedFor = true
    earcon('wake')
  }
  const claim = createClaim({
    ...deps,
    onCode,
    onAway: () => {
      if (isAskedFor) earcon('error')
      isAskedFor = false
    },
    isAttended: attention.isThere,
    attended: attention.wait,
  })
  const capture = createCapture({
    clock,
    log,
    random: deps.random,
    microphone: deps.microphone,
    wakeWord: deps.wakeWord,
    voiceActivity: deps.voiceActivity,
    onFrame: () => {},
    onHeard: () => {},
    onWake: beAsked,
  })
  const thank = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      next?.cancel()
      saying?.stop()
      const samples = phrases.get(language, 'claim_done')
      if (!samples || signal.aborted) return resolve()
      const patience = clock.startTimer(thanksAtMostMs, resolve)
      const onEnded = () => {
        patience.cancel()
        resolve()
      }
      mixer.play({ kind: 'phrase', source: createPcmSource(samples), onEnded })
    })
  const becomeOwned = async (signal: AbortSignal) => {
    const identity = await claim(signal)
    if (!identity) return undefined
    // Nor when its words have only now been fetched is a code said that was typed already.
    code = undefined
    await deps.keep(identity)
    emit({ type: 'claimed', deviceId: identity.deviceId, atMs: clock.now() })
    await thank(signal)
    return identity
  }
  return {
    pressButton: beAsked,
    run: async (signal) => {
      await phrases.load(language)
      const scope = createScope(signal)
      running = scope.signal
      let identity: SpeakerIdentity | undefined
      scope.run(capture.run)
      scope.run((stop) => keepPlaying({ ...deps, render: mixer.render }, stop))
      scope.run(async (stop) => {
        identity = await becomeOwned(stop)
        scope.abort()
      })
      try {
        await scope.done()
      } finally {
        next?.cancel()
      }
      return identity
    },
  }
}

/** Whether somebody is near: after a start, a wake or a press, for ten minutes. */
const createAttention = ({ clock }: Pick<UnclaimedDeps, 'clock'>) => {
  let untilMs = clock.now() + attentionMs
  const waiting = new Set<() => void>()
  return {
    isThere: () => clock.now() < untilMs,
    renew: () => {
      untilMs = clock.now() + attentionMs
      for (const wake of [...waiting]) wake()
    },
    wait: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          waiting.delete(end)
          signal.removeEventListener('abort', end)
          resolve()
        }
        if (signal.aborted) return resolve()
        waiting.add(end)
        signal.addEventListener('abort', end, { once: true })
      }),
  }
}

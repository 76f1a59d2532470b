import { join } from 'node:path'
import type { DialogPhase } from '@mynah/shared/wire/topics.ts'
import { type Capture, type CaptureDeps, createCapture } from '../audio/capture.ts'
import { captureSampleRateHz } from '../audio/ports.ts'
import type { EndOfTurnReason } from '../turn/endpointing.ts'
import { createOwnVoice } from '../wake/own-voice.ts'
import { createEars, type Ears } from './ears.ts'
import { createPauseMemory } from './pause-memory.ts'
import type { SoundHardware } from './sound-hardware.ts'
import type { SpeakerDeps } from './speaker-deps.ts'

export type HearingDeps = Pick<
  SpeakerDeps,
  'clock' | 'log' | 'random' | 'microphone' | 'readEcho' | 'wakeWord' | 'voiceActivity' | 'ownVoice' | 'storeDir'
> &
  Pick<CaptureDeps, 'onFrame'> & {
    readonly hardware: Pick<SoundHardware, 'failed' | 'works'>
    /** The speaker has not said the word itself. */
    readonly onWake: CaptureDeps['onWake']
    readonly onEndOfTurn: (reason: EndOfTurnReason, endOfSpeechSample: number) => void
    /** Speech began while a follow-up was expected. */
    readonly onFollowUp: (sinceSample: number) => void
  }

/** Everything this speaker hears with: the microphone, the wake word, and ears that know how long people here pause. */
export type Hearing = {
  readonly capture: Capture
  readonly ears: () => Ears
  /** What is listened for in this phase of the dialog. */
  readonly attend: (phase: DialogPhase, followUpMs: number) => void
  /** `render`, overheard for wake words of the speaker's own. */
  readonly overhear: (render: () => Int16Array) => () => Int16Array
  /** Brings back what was learned before the last restart. */
  readonly load: () => Promise<void>
  /** Resolves when everything learned is on disk. */
  readonly settled: () => Promise<void>
}

const samplesPerMs = captureSampleRateHz / 1000

/** The person is waited for or speaks. */
export const isAttentive = (phase: DialogPhase): boolean => phase === 'listening' || phase === 'expecting'

export const createHearing = (deps: HearingDeps): Hearing => {
  const { clock, log, hardware, onWake } = deps
  const { readEcho } = deps
  const ownVoice =
    deps.ownVoice && createOwnVoice({ clock, log, detector: deps.ownVoice, ...(readEcho ? { readEcho } : {}) })
  const pauses = createPauseMemory({ path: join(deps.storeDir, 'ears.json'), log })

  const newEars = (learnedPauseMs?: number): Ears =>
    createEars({
      ...(learnedPauseMs === undefined ? {} : { learnedPauseMs }),
      onEndOfTurn: (reason, endOfSpeechMs) => deps.onEndOfTurn(reason, Math.round(endOfSpeechMs * samplesPerMs)),
      onFollowUp: (sinceMs) => deps.onFollowUp(Math.round(sinceMs * samplesPerMs)),
    })
  let ears = newEars()

  const over = () => (ownVoice?.isSounding() ? ('own_sound' as const) : ('room' as const))
  const capture = createCapture({
    ...deps,
    wakeWord: { ...deps.wakeWord, hear: (frame) => deps.wakeWord.hear(frame, over()) },
    onHeard: (heard) => ears.hear(heard),
    onFailed: (error) => hardware.failed('microphone', error),
    onWorks: () => hardware.works('microphone'),
    onWake: (detection) => (ownVoice ? ownVoice.unlessSaidItself(() => onWake(detection)) : onWake(detection)),
  })
  return {
    capture,
    ears: () => ears,
    attend: (phase, followUpMs) => {
      capture.setAttentive(isAttentive(phase))
      if (phase === 'expecting') ears.expect(capture.nextSample() / samplesPerMs, followUpMs)
      if (phase === 'idle') {
        ears.rest()
        pauses.keep(ears.learnedPauseMs())
      }
    },
    overhear: (render) => ownVoice?.overhear(render) ?? render,
    load: async () => {
      ears = newEars(await pauses.load())
    },
    settled: pauses.settled,
  }
}

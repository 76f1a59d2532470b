import type { FromDeviceMessage, Language } from '@mynah/shared/wire/topics.ts'
import { captureSampleRateHz } from '../audio/ports.ts'
import type { WokenBy } from '../dialog/dialog-effect.ts'
import type { Turn } from '../dialog/dialog-state.ts'
import type { WakeBefore } from '../understanding/understanding.ts'

/** Where the sound of a turn begins, and what the cloud is told of who began it. Pure; samples are those of the capture. */

/** The wake word itself goes up too: the recogniser knows it as a prefix, and no first syllable is lost. */
const wakePreRollMs = 1_500
const otherPreRollMs = 300
const samplesPerMs = captureSampleRateHz / 1000

/** May lie before the first sample there is. */
export const startSampleOf = (wokenBy: WokenBy, nextSample: number): number => {
  switch (wokenBy.type) {
    case 'wake_word':
      return wokenBy.atSample - wakePreRollMs * samplesPerMs
    case 'speech':
      return wokenBy.sinceSample - otherPreRollMs * samplesPerMs
    case 'button':
    case 'text':
      return nextSample - otherPreRollMs * samplesPerMs
  }
}

/** From here on the request is waited for, in ms of captured sound. */
export const listeningFromMs = (wokenBy: WokenBy, nextSample: number): number =>
  (wokenBy.type === 'wake_word' ? wokenBy.atSample : nextSample) / samplesPerMs

/** The word in sound that begins with `startSample`. */
export const wakeIn = (wokenBy: WokenBy, startSample: number): WakeBefore | undefined =>
  wokenBy.type === 'wake_word'
    ? { word: wokenBy.word, decidedMs: (wokenBy.atSample - startSample) / samplesPerMs }
    : undefined

const wakeFields = (wokenBy: WokenBy) => {
  if (wokenBy.type === 'wake_word') return { wake_word: wokenBy.word, score: Math.min(1, Math.max(0, wokenBy.score)) }
  return wokenBy.type === 'text' ? { text: wokenBy.text } : {}
}

export type TurnStart = {
  readonly turn: Pick<Turn, 'sessionId' | 'trigger' | 'previousSessionId'>
  readonly wokenBy: WokenBy
  readonly nextSample: number
  readonly language: Language
}

export const wakeMessageOf = ({
  turn,
  wokenBy,
  nextSample,
  language,
}: TurnStart): Omit<FromDeviceMessage<'wake'>, 'v'> => {
  const startSample = Math.max(0, startSampleOf(wokenBy, nextSample))
  return {
    session_id: turn.sessionId,
    trigger: turn.trigger,
    ...wakeFields(wokenBy),
    language,
    audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
    pre_roll_ms: wokenBy.type === 'text' ? 0 : Math.max(0, nextSample - startSample) / samplesPerMs,
    ...(turn.previousSessionId ? { previous_session_id: turn.previousSessionId } : {}),
  }
}

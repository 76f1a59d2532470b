import { defaultSessionLimits } from '../../../src/bridge/session/limits.ts'
import type { Effect, SessionEvent, SessionState, Step } from '../../../src/bridge/session/state.ts'
import { begin, type NewTurn, step } from '../../../src/bridge/session/step.ts'

export const sessionId = 'AAAAAAAAAAAAAAAAAAAAAA'
export const deviceId = 'kitchen'

export const spokenTurn: NewTurn = {
  sessionId,
  deviceId,
  language: 'en',
  trigger: 'wake_word',
  followUpMs: 6_000,
  limits: defaultSessionLimits,
}
export const typedTurn: NewTurn = { ...spokenTurn, trigger: 'text', typedText: 'what time is it' }

export type Played = { readonly state: SessionState; readonly effects: readonly Effect[] }

/** Runs events one after the other, a millisecond apart, and collects every effect. */
export const play = (turn: NewTurn, events: readonly SessionEvent[]): Played =>
  events.reduce<Played>(
    ({ state, effects }, event, index) => {
      const [next, more] = step(state, event, 1_000 + index)
      return { state: next, effects: [...effects, ...more] }
    },
    fromStep(begin(turn, 1_000)),
  )

const fromStep = ([state, effects]: Step): Played => ({ state, effects })

export const endOfAudio: SessionEvent = { type: 'end_of_audio', sessionId, atMs: 1_010 }
export const final = (text: string): SessionEvent => ({
  type: 'final',
  sessionId,
  text,
  outOfGrammar: false,
  waitedMs: 30,
  computeMs: 25,
})
export const sentence = (text: string): SessionEvent => ({ type: 'sentence', sessionId, text, language: 'en' })
export const replyDone = (expectsReply = false): SessionEvent => ({
  type: 'reply_done',
  sessionId,
  answeredBy: 'skill:time',
  expectsReply,
  toolsCalled: [],
})
export const sentenceStarted = (sentenceId: number): SessionEvent => ({
  type: 'sentence_started',
  sessionId,
  sentenceId,
  atMs: 1_100,
  ttsFirstAudioMs: 40,
})
export const sentenceSent = (sentenceId: number, durationMs: number): SessionEvent => ({
  type: 'sentence_sent',
  sessionId,
  sentenceId,
  durationMs,
})
export const speakingFinished: SessionEvent = { type: 'speaking_finished', sessionId, sentMs: 2_000 }
export const playback = (
  state: 'started' | 'finished' | 'interrupted' | 'failed',
  playedMs: number,
  playId: string = sessionId,
): SessionEvent => ({ type: 'playback', sessionId, deviceId, playId, state, playedMs })
export const sessionEnd = (from: string = deviceId): SessionEvent => ({
  type: 'session_end',
  sessionId,
  deviceId: from,
  account: { reason: 'completed', timings: {}, audio: { sent: 1, lost: 0, recovered: 0, late: 0, concealed: 0 } },
})
export const closed: SessionEvent = {
  type: 'closed',
  sessionId,
  received: 50,
  lost: 1,
  recovered: 1,
  late: 0,
  duplicate: 0,
}

export const published = (effects: readonly Effect[], kind: string) =>
  effects.flatMap((effect) => (effect.type === 'publish' && effect.kind === kind ? [effect.message] : []))
export const ofType = <T extends Effect['type']>(effects: readonly Effect[], type: T) =>
  effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type)

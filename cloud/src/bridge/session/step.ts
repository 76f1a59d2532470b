import { assertNever } from '@mynah/shared/assert-never.ts'
import { endByCloud, endByDevice, failWithPhrase, publishSession } from './endings.ts'
import { fromEnded } from './from-ended.ts'
import { fromListening } from './from-listening.ts'
import { fromSpeaking } from './from-speaking.ts'
import { fromThinking } from './from-thinking.ts'
import type { SessionEvent, SessionState, Step, Turn } from './state.ts'

export type NewTurn = Pick<
  Turn,
  'sessionId' | 'deviceId' | 'language' | 'voice' | 'trigger' | 'typedText' | 'followUpMs' | 'limits'
>

/** A session as it begins, right after its `wake/ack`: a spoken turn listens, a typed one has its text already. */
export const begin = (turn: NewTurn, atMs: number): Step => {
  const typed = turn.typedText !== undefined
  const opened: Turn = {
    ...turn,
    openedAtMs: atMs,
    delivery: typed ? 'undecided' : 'stream',
    lastPartial: '',
    sentences: [],
    reply: typed ? 'writing' : 'not_started',
    toolsCalled: [],
    expectsReply: false,
    timings: {},
    playedMs: 0,
    playedAll: false,
    streamGone: false,
    ...(turn.typedText !== undefined ? { heardText: turn.typedText, heardAtMs: atMs } : {}),
  }
  if (turn.typedText === undefined) {
    return [
      { phase: 'listening', turn: opened },
      [{ type: 'watch', watchdog: 'capture', afterMs: turn.limits.captureMs }],
    ]
  }
  return [
    { phase: 'thinking', turn: opened },
    [
      publishSession(opened, 'thinking', { stop_capture: true }),
      { type: 'watch', watchdog: 'address', afterMs: turn.limits.addressMs },
      { type: 'watch', watchdog: 'reply', afterMs: turn.limits.replyMs },
      { type: 'start_reply', text: turn.typedText, outOfGrammar: false },
    ],
  ]
}

const isFor = (turn: Turn, event: SessionEvent): boolean =>
  event.sessionId === turn.sessionId && (!('deviceId' in event) || event.deviceId === turn.deviceId)

/** Events that end a session, or tell of its stream, in every phase but `ended`. */
const fromLive = (state: Exclude<SessionState, { phase: 'ended' }>, event: SessionEvent): Step | undefined => {
  const { turn } = state
  switch (event.type) {
    case 'session_end':
      return endByDevice(turn, event.account)
    case 'superseded':
      return endByCloud(turn, state.phase === 'expecting' ? 'completed' : 'barge_in')
    case 'shutdown':
      return endByCloud({ ...turn, failure: { stage: 'cloud', code: 'unavailable' } }, 'failed')
    case 'failed':
      if (event.code === 'plane_crashed') return planeCrashed(state)
      return event.stage === 'tts' ? failWithPhrase(turn, { stage: 'tts', code: event.code }) : undefined
    case 'closed': {
      const { received, lost, recovered, late, duplicate } = event
      return [{ ...state, turn: { ...turn, uplinkAudio: { received, lost, recovered, late, duplicate } } }, []]
    }
    default:
      return undefined
  }
}

const planeCrashed = (state: Exclude<SessionState, { phase: 'ended' }>): Step => {
  const turn: Turn = { ...state.turn, streamGone: true }
  // A reply by URL and an open question need no stream.
  if (state.phase === 'expecting' || turn.delivery === 'url') return [{ ...state, turn }, []]
  return failWithPhrase(turn, { stage: 'audio', code: 'plane_crashed' })
}

/**
 * One step of a session. Pure: `atMs` is `Clock.now`. An event of another session or another speaker changes nothing, and neither
 * does one that comes too late.
 */
export const step = (state: SessionState, event: SessionEvent, atMs: number): Step => {
  if (!isFor(state.turn, event)) return [state, []]
  if (state.phase === 'ended') return fromEnded(state, event)
  const ended = fromLive(state, event)
  if (ended) return ended
  switch (state.phase) {
    case 'listening':
      return fromListening(state, event, atMs)
    case 'thinking':
      return fromThinking(state, event, atMs)
    case 'speaking':
      return fromSpeaking(state, event, atMs)
    case 'expecting':
      return event.type === 'watchdog' && event.watchdog === 'expecting'
        ? endByCloud(state.turn, 'completed')
        : [state, []]
    default:
      return assertNever(state)
  }
}

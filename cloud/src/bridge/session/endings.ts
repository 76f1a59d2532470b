import type { ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { heardPart, joinSentences } from '../spoken-text.ts'
import type { TurnFailure, TurnOutcome } from './ports.ts'
import type { DeviceAccount, Effect, SessionState, Step, Turn } from './state.ts'

/** The parts of leaving a turn that all phases share. */

export const replyTextOf = (turn: Turn): string => joinSentences(turn.sentences.map((sentence) => sentence.text))

/** The part of the reply that left the loudspeaker. */
export const heardReplyOf = (turn: Turn): string =>
  turn.playedAll ? replyTextOf(turn) : heardPart(turn.sentences, turn.playedMs)

/** The play id of a reply on the session's stream: a session speaks at most one. */
export const streamPlayIdOf = (turn: Turn): string => turn.sessionId
export const urlPlayIdOf = (turn: Turn): string => `${turn.sessionId}-url`

const longestText = 8_000

export const publishSession = (
  turn: Turn,
  phase: ToDeviceMessage<'session'>['phase'],
  more: Partial<ToDeviceMessage<'session'>> = {},
): Effect => ({
  type: 'publish',
  kind: 'session',
  message: { v: 1, session_id: turn.sessionId, phase, ...more },
})

/** The reply so far as fields of a `session` message; none while there is no reply. */
export const replyFields = (turn: Turn): Partial<ToDeviceMessage<'session'>> => ({
  ...(turn.heardText ? { heard_text: turn.heardText.slice(0, longestText) } : {}),
  ...(turn.sentences.length > 0 ? { reply_text: replyTextOf(turn).slice(0, longestText) } : {}),
  timings: turn.timings,
})

const heardEffects = (turn: Turn): readonly Effect[] =>
  turn.sentences.length === 0 || turn.playedAll ? [] : [{ type: 'record_heard', text: heardReplyOf(turn) }]

/** Closes the record once both accounts are in; before that, waits on. */
export const settle = (state: Extract<SessionState, { phase: 'ended' }>, waitedEnough: boolean): Step => {
  const complete = state.account !== undefined && (state.turn.streamGone || state.turn.uplinkAudio !== undefined)
  if (state.recorded || !(complete || waitedEnough)) return [state, []]
  return [{ ...state, recorded: true }, [{ type: 'unwatch', watchdog: 'account' }, { type: 'close_record' }]]
}

const end = (turn: Turn, outcome: TurnOutcome, account: DeviceAccount | undefined, tell: readonly Effect[]): Step => {
  const ended = { phase: 'ended', turn, outcome, recorded: false, ...(account ? { account } : {}) } as const
  const [state, settled] = settle(ended, false)
  const close: readonly Effect[] =
    turn.streamGone || turn.uplinkAudio
      ? []
      : [{ type: 'command_audio', command: { type: 'close_stream', sessionId: turn.sessionId } }]
  return [
    state,
    [
      { type: 'abort_reply' },
      ...tell,
      ...close,
      ...heardEffects(turn),
      { type: 'watch', watchdog: 'account', afterMs: turn.limits.accountMs },
      ...settled,
    ],
  ]
}

/** The cloud ends the session and tells the speaker. */
export const endByCloud = (turn: Turn, outcome: TurnOutcome, before: readonly Effect[] = []): Step => {
  const error = turn.failure ? { error: turn.failure } : {}
  return end(turn, outcome, undefined, [...before, publishSession(turn, 'ended', { ...replyFields(turn), ...error })])
}

/** The speaker has ended the session: it need not be told. */
export const endByDevice = (turn: Turn, account: DeviceAccount): Step => {
  const allSent = turn.delivery === 'url' || turn.sentences.every((sentence) => sentence.isSent)
  // A speaker that says it completed has played what it got, even when its playback report was lost on the way.
  const playedAll = turn.playedAll || (account.reason === 'completed' && turn.reply === 'written' && allSent)
  return end({ ...turn, playedAll }, turn.failure ? 'failed' : account.reason, account, [])
}

/** The voice cannot say what failed: the speaker does, with a sentence from its own disk. */
export const failWithPhrase = (turn: Turn, failure: TurnFailure, outcome: TurnOutcome = 'failed'): Step => {
  const failed: Turn = { ...turn, failure: turn.failure ?? failure }
  return endByCloud(failed, outcome, [
    {
      type: 'publish',
      kind: 'play',
      message: {
        v: 1,
        play_id: `${turn.sessionId}-failed`,
        session_id: turn.sessionId,
        source: { type: 'phrase', phrase: 'failed' },
        kind: 'reply',
      },
    },
  ])
}

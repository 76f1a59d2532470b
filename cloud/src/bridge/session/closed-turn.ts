import { heardReplyOf, replyTextOf } from './endings.ts'
import type { ClosedTurn, TurnOutcome, WallTime } from './ports.ts'
import type { SessionState } from './state.ts'

type Ended = Extract<SessionState, { phase: 'ended' }>

/** The speaker knows best how a turn ended that the cloud saw complete or cut off. */
const outcomeOf = (state: Ended): TurnOutcome => {
  const { outcome, account } = state
  return account && (outcome === 'completed' || outcome === 'barge_in') ? account.reason : outcome
}

/** The record of a turn, complete: what both sides know of it. */
export const closedTurnOf = (state: Ended, conversationId: string, endedAt: WallTime): ClosedTurn => {
  const { turn, account } = state
  return {
    sessionId: turn.sessionId,
    conversationId,
    deviceId: turn.deviceId,
    endedAt,
    outcome: outcomeOf(state),
    ...(turn.failure ? { error: turn.failure } : {}),
    heardText: turn.heardText ?? '',
    replyText: replyTextOf(turn),
    heardReplyText: heardReplyOf(turn),
    ...(turn.answeredBy !== undefined ? { answeredBy: turn.answeredBy } : {}),
    toolsCalled: turn.toolsCalled,
    timings: { ...turn.timings, ...account?.timings },
    ...(account ? { deviceAudio: account.audio } : {}),
    ...(turn.uplinkAudio ? { uplinkAudio: turn.uplinkAudio } : {}),
  }
}

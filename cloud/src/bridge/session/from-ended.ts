import { heardReplyOf, settle, streamPlayIdOf, urlPlayIdOf } from './endings.ts'
import type { SessionEvent, SessionState, Step, Turn } from './state.ts'

type Ended = Extract<SessionState, { phase: 'ended' }>

/** The speaker says only now how much of the reply it had played when it was cut off. */
const onLatePlayback = (state: Ended, event: Extract<SessionEvent, { type: 'playback' }>): Step => {
  const ofReply = event.playId === streamPlayIdOf(state.turn) || event.playId === urlPlayIdOf(state.turn)
  if (!ofReply || event.state === 'started' || state.recorded || state.turn.playedAll) return [state, []]
  const turn: Turn = {
    ...state.turn,
    playedMs: Math.max(state.turn.playedMs, event.playedMs),
    playedAll: event.state === 'finished' && state.turn.reply === 'written',
  }
  const heard = turn.sentences.length === 0 ? [] : [{ type: 'record_heard', text: heardReplyOf(turn) } as const]
  return [{ ...state, turn }, heard]
}

/** After the end only the accounts count: nothing is published, spoken or started any more. */
export const fromEnded = (state: Ended, event: SessionEvent): Step => {
  switch (event.type) {
    case 'session_end':
      return settle({ ...state, account: state.account ?? event.account }, false)
    case 'closed': {
      const { received, lost, recovered, late, duplicate } = event
      return settle(
        { ...state, turn: { ...state.turn, uplinkAudio: { received, lost, recovered, late, duplicate } } },
        false,
      )
    }
    case 'failed':
      if (event.code !== 'plane_crashed') return [state, []]
      return settle({ ...state, turn: { ...state.turn, streamGone: true } }, false)
    case 'playback':
      return onLatePlayback(state, event)
    case 'watchdog':
      return event.watchdog === 'account' ? settle(state, true) : [state, []]
    case 'shutdown':
      return settle(state, true)
    default:
      return [state, []]
  }
}

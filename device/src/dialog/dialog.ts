import { assertNever } from '@mynah/shared/assert-never.ts'
import type { DialogEvent, SessionEvent } from './dialog-event.ts'
import {
  type Ambient,
  currentSessionId,
  type DialogState,
  type Expecting,
  type Idle,
  type Listening,
  type Speaking,
  type Thinking,
} from './dialog-state.ts'
import {
  acknowledgedIn,
  answeredLocally,
  canTakeOver,
  closeTurn,
  completeTurn,
  deafWhileIdle,
  deafWhileListening,
  endIn,
  failIn,
  losesLink,
  type Move,
  openTurn,
  refusedIn,
  settlingMs,
  stay,
  takeOver,
  toIdle,
  toSpeaking,
  toThinking,
} from './turn-moves.ts'

/**
 * The dialog of a speaker: `idle listening thinking speaking expecting` (AVS DialogUXState). Pure: time and ids come with the
 * events, everything to be done goes out as effects. A late event of an earlier turn changes nothing.
 */
export const step = (state: DialogState, event: DialogEvent): Move => {
  if ('sessionId' in event && event.sessionId !== currentSessionId(state)) return stay(state)
  if (isOfTheCloud(event) && 'turn' in state && state.turn.by === 'speaker') return stay(state)
  const told = withAmbient(state, event)
  switch (told.phase) {
    case 'idle':
      return fromIdle(told, event)
    case 'listening':
      return fromListening(told, event)
    case 'thinking':
      return fromThinking(told, event)
    case 'speaking':
      return fromSpeaking(told, event)
    case 'expecting':
      return fromExpecting(told, event)
    default:
      return assertNever(told)
  }
}

const cloudEvents: ReadonlySet<DialogEvent['type']> = new Set([
  'wake_acknowledged',
  'session_changed',
  'play_requested',
  'reply_arrived',
  'link_lost',
])

/** A cloud that comes back late has no say in a turn that the speaker took over. */
const isOfTheCloud = (event: DialogEvent): boolean => cloudEvents.has(event.type)

const withAmbient = (state: DialogState, event: DialogEvent): DialogState => {
  const changed = (change: Partial<Ambient>): DialogState => ({ ...state, ambient: { ...state.ambient, ...change } })
  if (event.type === 'link_changed') {
    const { away } = state.ambient
    // The next time it is away will be told again.
    const back = event.link === 'online' && away ? { away: { ...away, told: false } } : {}
    return changed({ link: event.link, ...back })
  }
  if (event.type === 'local_commands_changed') return changed({ localCommands: event.available })
  if (event.type === 'cloud_acted') {
    return state.phase === 'listening' || state.phase === 'thinking' ? { ...state, acted: true } : state
  }
  if (event.type === 'mute_changed') return changed({ muted: event.muted })
  if (event.type === 'microphone_changed') return changed({ deaf: { ...state.ambient.deaf, now: !event.works } })
  if (event.type === 'follow_up_changed') return changed({ followUpMs: event.followUpMs })
  return state
}

const fromIdle = (state: Idle, event: DialogEvent): Move => {
  const { ambient } = state
  switch (event.type) {
    case 'wake_word_heard':
      return ambient.muted ? stay(state) : openTurn({ ambient, event, trigger: 'wake_word' })
    case 'button_pressed':
      if (ambient.muted) return [state, [{ type: 'earcon', earcon: 'muted' }]]
      if (ambient.deaf?.now) return [state, [{ type: 'phrase', phrase: 'no_microphone' }]]
      return openTurn({ ambient, event, trigger: 'button' })
    case 'microphone_changed':
      return event.works ? stay(state) : deafWhileIdle(state, event.atMs)
    case 'text_typed':
      return openTurn({ ambient, event, trigger: 'text' })
    default:
      return stay(state)
  }
}

const fromListening = (state: Listening, event: DialogEvent): Move => {
  const { ambient } = state
  switch (event.type) {
    case 'wake_word_heard':
      return [state, [{ type: 'ignore_wake', reason: 'already_listening' }]]
    case 'button_pressed':
      return endIn(state, { reason: 'cancelled' })
    case 'text_typed':
      return openTurn({ ambient, event, trigger: 'text', before: closeTurn(state, 'cancelled') })
    case 'mute_changed':
      return event.muted ? endIn(state, { reason: 'cancelled' }) : stay(state)
    case 'microphone_changed':
      return event.works ? stay(state) : deafWhileListening(state, event.atMs)
    case 'end_of_turn':
      return event.outcome === 'no_speech' ? endIn(state, { reason: 'no_speech' }) : toThinking(state)
    case 'session_changed':
      return sessionChangedWhileListening(state, event)
    default:
      return whileWaiting(state, event)
  }
}

const sessionChangedWhileListening = (
  state: Listening,
  event: Extract<SessionEvent, { type: 'session_changed' }>,
): Move => {
  if (event.failure) return failIn(state, event.failure)
  if (event.phase === 'ended') return endIn(state, { reason: 'cancelled' })
  return event.stopCapture || event.phase !== 'expecting' ? toThinking(state) : stay(state)
}

const fromThinking = (state: Thinking, event: DialogEvent): Move => {
  const { ambient, turn } = state
  switch (event.type) {
    case 'wake_word_heard':
      if (ambient.muted) return stay(state)
      return openTurn({
        ambient,
        event,
        trigger: 'barge_in',
        previousSessionId: turn.sessionId,
        before: closeTurn(state, 'barge_in'),
      })
    case 'button_pressed':
      return endIn(state, { reason: 'cancelled' })
    case 'text_typed':
      return openTurn({
        ambient,
        event,
        trigger: 'text',
        previousSessionId: turn.sessionId,
        before: closeTurn(state, 'barge_in'),
      })
    case 'answered_locally':
      return answeredLocally(state, event)
    case 'failed_locally':
      return failIn(state, event.failure)
    case 'session_changed':
      if (event.failure) return failIn(state, event.failure)
      if (event.phase === 'ended') return completeTurn(state, false)
      return event.phase === 'expecting' ? completeTurn(state, true) : stay(state)
    default:
      return whileWaiting(state, event)
  }
}

/** What listening and thinking have in common: the answer of the cloud is due. */
const whileWaiting = (state: Listening | Thinking, event: DialogEvent): Move => {
  switch (event.type) {
    case 'wake_acknowledged':
      return event.accepted ? acknowledgedIn(state) : refusedIn(state, event.reason)
    case 'timer_elapsed':
      return waitedTooLong(state, event.timer)
    case 'play_requested':
      return toSpeaking(state, { source: event.source, playId: event.playId, expectsReply: event.expectsReply })
    case 'reply_arrived':
      return toSpeaking(state, { source: { type: 'stream' }, expectsReply: false })
    case 'playback_failed':
      return failIn(state, event.failure)
    case 'link_lost':
      return canTakeOver(state) ? takeOver(state, 'link_lost') : losesLink(state)
    default:
      return stay(state)
  }
}

const waitedTooLong = (state: Listening | Thinking, timer: string): Move => {
  if (timer === 'acknowledgement' && !state.acknowledged) {
    if (canTakeOver(state)) return takeOver(state, 'timeout')
    return endIn(state, { reason: 'timeout', sound: { earcon: 'error' } })
  }
  if (timer === 'listening' && state.phase === 'listening') {
    return endIn(state, { reason: 'timeout', sound: { earcon: 'error' } })
  }
  if (timer === 'thinking' && state.phase === 'thinking') {
    return endIn(state, { reason: 'timeout', sound: { phrase: 'failed' } })
  }
  return stay(state)
}

const fromSpeaking = (state: Speaking, event: DialogEvent): Move => {
  switch (event.type) {
    case 'wake_word_heard':
      return state.ambient.muted ? stay(state) : interrupt(state, event, 'barge_in')
    case 'text_typed':
      return interrupt(state, event, 'text')
    case 'button_pressed':
      return endIn(state, { reason: state.heard ? 'completed' : 'cancelled' })
    case 'play_requested':
      return namePlayback(state, event)
    case 'playback_finished':
      return replyHeard(state)
    case 'playback_failed':
      return failIn(state, event.failure)
    case 'session_changed':
      return sessionChangedWhileSpeaking(state, event)
    case 'timer_elapsed':
      return event.timer === 'settling' && state.heard ? completeTurn(state, false) : stay(state)
    case 'link_lost':
      return state.heard ? completeTurn(state, state.expectsReply) : losesLink(state)
    default:
      return stay(state)
  }
}

const interrupt = (
  state: Speaking,
  event: Extract<DialogEvent, { type: 'wake_word_heard' | 'text_typed' }>,
  trigger: 'barge_in' | 'text',
): Move =>
  openTurn({
    ambient: state.ambient,
    event,
    // What was heard to its end was not cut off.
    trigger: trigger === 'barge_in' && state.heard ? 'wake_word' : trigger,
    previousSessionId: state.turn.sessionId,
    before: closeTurn(state, state.heard ? 'completed' : 'barge_in'),
  })

const namePlayback = (state: Speaking, event: Extract<SessionEvent, { type: 'play_requested' }>): Move => {
  const { playId, sessionId } = event
  if (state.playId !== undefined) return stay(state)
  const named: Speaking = { ...state, playId, expectsReply: state.expectsReply || event.expectsReply }
  return [named, [{ type: 'name_playback', sessionId, playId }]]
}

const replyHeard = (state: Speaking): Move => {
  if (state.heard) return stay(state)
  const heard: Speaking = { ...state, heard: true }
  if (state.expectsReply || state.cloudEnded) return completeTurn(heard, state.expectsReply)
  const { sessionId } = state.turn
  return [heard, [{ type: 'start_timer', timer: 'settling', sessionId, delayMs: settlingMs }]]
}

const sessionChangedWhileSpeaking = (
  state: Speaking,
  event: Extract<SessionEvent, { type: 'session_changed' }>,
): Move => {
  if (event.failure) {
    // The cloud itself has said aloud what went wrong: one apology is enough.
    return state.heard ? endIn(state, { reason: 'failed', failure: event.failure }) : failIn(state, event.failure)
  }
  if (event.phase === 'expecting') {
    return state.heard ? completeTurn(state, true) : stay({ ...state, expectsReply: true })
  }
  if (event.phase === 'ended') {
    return state.heard ? completeTurn(state, state.expectsReply) : stay({ ...state, cloudEnded: true })
  }
  return stay(state)
}

const fromExpecting = (state: Expecting, event: DialogEvent): Move => {
  const { ambient, previousSessionId } = state
  const before = [{ type: 'cancel_timer', timer: 'follow_up' }] as const
  switch (event.type) {
    case 'speech_started':
      return openTurn({ ambient, event, trigger: 'follow_up', previousSessionId, before })
    case 'wake_word_heard':
      return openTurn({ ambient, event, trigger: 'wake_word', previousSessionId, before })
    case 'button_pressed':
      return openTurn({ ambient, event, trigger: 'button', previousSessionId, before })
    case 'text_typed':
      return openTurn({ ambient, event, trigger: 'text', previousSessionId, before })
    case 'mute_changed':
      return event.muted ? toIdle(ambient, before) : stay(state)
    case 'microphone_changed':
      return event.works ? stay(state) : toIdle(ambient, before)
    case 'timer_elapsed':
      return event.timer === 'follow_up' ? toIdle(ambient, []) : stay(state)
    default:
      return stay(state)
  }
}

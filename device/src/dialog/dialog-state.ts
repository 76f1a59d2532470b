import type { Trigger } from '../runtime/speaker-event.ts'

/** One exchange: a question and its reply. Its id is made by the speaker and travels with everything that belongs to it. */
export type Turn = {
  readonly sessionId: string
  readonly trigger: Trigger
  readonly previousSessionId?: string
  /** Who hears and answers: the cloud, or the speaker itself while there is none. */
  readonly by: 'cloud' | 'speaker'
  /** `Clock.now` of the wake. */
  readonly atMs: number
}

/** What outlives a turn. */
export type Ambient = {
  readonly muted: boolean
  readonly link: 'online' | 'offline'
  /** The speaker understands commands by itself. */
  readonly localCommands: boolean
  /** It was said that the cloud is away; `told` until the cloud is back. */
  readonly away?: { readonly told: boolean; readonly atMs: number }
  /** How long a follow-up is waited for after a question; 0 turns the window off. */
  readonly followUpMs: number
  /** `Clock.now` of the last spoken "no network": it is said at most once an hour. */
  readonly noNetworkSaidAtMs?: number
  /** The microphone does not work; `saidAtMs`: when that was last said without being asked. */
  readonly deaf?: { readonly now: boolean; readonly saidAtMs?: number }
}

export type Idle = { readonly phase: 'idle'; readonly ambient: Ambient }

/** The only phase in which sound leaves the device. */
export type Listening = {
  readonly phase: 'listening'
  readonly ambient: Ambient
  readonly turn: Turn
  readonly acknowledged: boolean
  /** The cloud has already done something for this turn: carrying it out again could do it twice. */
  readonly acted: boolean
}

export type Thinking = {
  readonly phase: 'thinking'
  readonly ambient: Ambient
  readonly turn: Turn
  readonly acknowledged: boolean
  readonly acted: boolean
}

export type Speaking = {
  readonly phase: 'speaking'
  readonly ambient: Ambient
  readonly turn: Turn
  /** Absent while sound came ahead of the `play` message that names it. */
  readonly playId?: string
  readonly expectsReply: boolean
  /** The reply was heard to its end; the cloud has yet to say whether it waits for an answer. */
  readonly heard: boolean
  readonly cloudEnded: boolean
}

/** After a question: speech opens a new turn without a wake word. The turn before has ended. */
export type Expecting = { readonly phase: 'expecting'; readonly ambient: Ambient; readonly previousSessionId: string }

/** AVS DialogUXState, with what each phase knows. */
export type DialogState = Idle | Listening | Thinking | Speaking | Expecting

export const initialDialog = (ambient: Ambient): DialogState => ({ phase: 'idle', ambient })

/** The session that an event must name to be heard; `expecting` still answers to the one it follows. */
export const currentSessionId = (state: DialogState): string | undefined => {
  if (state.phase === 'idle') return undefined
  return state.phase === 'expecting' ? state.previousSessionId : state.turn.sessionId
}

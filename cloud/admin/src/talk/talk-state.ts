import type { TalkMessage } from '@mynah/shared/api/talk.ts'

/** One question and its answer, as far as they have come. */
export type Exchange = {
  readonly sessionId: string
  readonly language: string
  readonly heard: string
  readonly isFinal: boolean
  readonly reply: string
  readonly failure: string | undefined
  readonly isOver: boolean
}

/** Why there is no answer, for a sentence to the person. */
export type Trouble =
  | 'cloud_away'
  | 'connection_lost'
  | 'busy'
  | 'too_often'
  | 'too_many'
  | 'not_allowed'
  | 'no_permission'
  | 'no_microphone'
  | 'no_secure_context'
  | 'nothing_said'

export type TalkPhase = 'idle' | 'opening' | 'listening' | 'thinking' | 'speaking'

export type TalkState = {
  readonly phase: TalkPhase
  /** Oldest first; the last one is under way or was. */
  readonly exchanges: readonly Exchange[]
  /** The exchange under way; what comes of others changes only what they say. */
  readonly current: string | undefined
  readonly trouble: Trouble | undefined
}

export type TalkEvent =
  /** The person wants something: typed (`text`) or by microphone. */
  | { readonly type: 'begun' }
  | { readonly type: 'listening' }
  | {
      readonly type: 'opened'
      readonly sessionId: string
      readonly language: string
      readonly text: string | undefined
    }
  | { readonly type: 'speech_ended' }
  | { readonly type: 'stopped' }
  | { readonly type: 'troubled'; readonly trouble: Trouble }
  | Extract<TalkMessage, { type: 'transcript' | 'phase' }>

export const restingTalk: TalkState = { phase: 'idle', exchanges: [], current: undefined, trouble: undefined }

const shownExchanges = 12

const update = (state: TalkState, sessionId: string, change: Partial<Exchange>): TalkState => ({
  ...state,
  exchanges: state.exchanges.map((exchange) =>
    exchange.sessionId === sessionId ? { ...exchange, ...change } : exchange,
  ),
})

const open = (state: TalkState, { sessionId, language, text }: Extract<TalkEvent, { type: 'opened' }>): TalkState => {
  const exchange: Exchange = {
    sessionId,
    language,
    heard: text ?? '',
    isFinal: text !== undefined,
    reply: '',
    failure: undefined,
    isOver: false,
  }
  const phase = text === undefined && state.phase !== 'thinking' ? 'listening' : 'thinking'
  return { ...state, phase, current: sessionId, exchanges: [...state.exchanges, exchange].slice(-shownExchanges) }
}

const onPhase = (state: TalkState, message: Extract<TalkMessage, { type: 'phase' }>): TalkState => {
  const { session_id: sessionId, phase, heard, reply, error } = message
  const isOver = phase === 'ended'
  const next = update(state, sessionId, {
    ...(heard !== null && { heard, isFinal: true }),
    ...(reply !== null && { reply }),
    ...(error && { failure: `${error.stage}: ${error.code}` }),
    ...(isOver && { isOver }),
  })
  if (state.current !== sessionId) return next
  return isOver ? { ...next, phase: 'idle', current: undefined } : { ...next, phase }
}

/** Pure: what the page shows after an event. An event of an earlier exchange changes only that exchange. */
export const stepTalk = (state: TalkState, event: TalkEvent): TalkState => {
  switch (event.type) {
    case 'begun':
      return { ...state, phase: 'opening', current: undefined, trouble: undefined }
    case 'listening':
      return state.phase === 'opening' ? { ...state, phase: 'listening' } : state
    case 'opened':
      return open(state, event)
    case 'speech_ended':
      return state.phase === 'listening' || state.phase === 'opening' ? { ...state, phase: 'thinking' } : state
    case 'transcript':
      return update(state, event.session_id, { heard: event.text, isFinal: event.final })
    case 'phase':
      return onPhase(state, event)
    case 'stopped':
      return { ...state, phase: 'idle', current: undefined }
    case 'troubled': {
      const next = state.current === undefined ? state : update(state, state.current, { isOver: true })
      return { ...next, phase: 'idle', current: undefined, trouble: event.trouble }
    }
  }
}

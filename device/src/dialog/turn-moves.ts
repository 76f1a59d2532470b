import type { EarconName, EndReason, PhraseName, Trigger, TurnFailure } from '../runtime/speaker-event.ts'
import type { DialogEffect, ReplySource, TimerName, WokenBy } from './dialog-effect.ts'
import type { OpeningEvent } from './dialog-event.ts'
import type { Ambient, DialogState, Expecting, Idle, Listening, Speaking, Thinking, Turn } from './dialog-state.ts'

/** The moves that several phases share. All pure. */
export type Move<S extends DialogState = DialogState> = readonly [S, readonly DialogEffect[]]

/** docs/protocol.md: no `wake/ack` in 1 s is an error. */
export const acknowledgementMs = 1_000
/** Endpointing ends a turn after 15 s at most; this is for a microphone that fell silent. */
export const listeningMs = 20_000
/** The longest silence after a question before the speaker gives up. */
export const thinkingMs = 20_000
/** After the reply, how long the cloud may take to say whether it expects an answer. */
export const settlingMs = 1_500
const noNetworkSentenceEveryMs = 3_600_000
/** Once for each time the cloud is away, and for a network that comes and goes at most once an hour. */
const awaySentenceEveryMs = 3_600_000

export const stay = <S extends DialogState>(state: S): Move<S> => [state, []]

export const toIdle = (ambient: Ambient, effects: readonly DialogEffect[]): Move<Idle> => [
  { phase: 'idle', ambient },
  [...effects, { type: 'show_phase', phase: 'idle' }],
]

const cancel = (timer: TimerName): DialogEffect => ({ type: 'cancel_timer', timer })

/** What must stop when this phase is left before its natural end. */
const cleanUp = (state: Listening | Thinking | Speaking): readonly DialogEffect[] => {
  const { sessionId } = state.turn
  if (state.phase === 'listening') {
    return [{ type: 'stop_capture', sessionId }, cancel('acknowledgement'), cancel('listening')]
  }
  if (state.phase === 'thinking') return [cancel('acknowledgement'), cancel('thinking')]
  return state.heard ? [cancel('settling')] : [{ type: 'stop_playback', sessionId }]
}

/** Leaves whatever the turn is in and ends it. */
export const closeTurn = (
  state: Listening | Thinking | Speaking,
  reason: EndReason,
  failure?: TurnFailure,
): readonly DialogEffect[] => [
  ...cleanUp(state),
  { type: 'end_turn', sessionId: state.turn.sessionId, reason, ...(failure ? { failure } : {}) },
]

export type Ending = {
  readonly reason: EndReason
  readonly failure?: TurnFailure
  readonly sound?: { readonly earcon: EarconName } | { readonly phrase: PhraseName }
}

const soundEffect = (sound: NonNullable<Ending['sound']>): DialogEffect =>
  'earcon' in sound ? { type: 'earcon', earcon: sound.earcon } : { type: 'phrase', phrase: sound.phrase }

export const endIn = (state: Listening | Thinking | Speaking, ending: Ending): Move =>
  toIdle(state.ambient, [
    ...closeTurn(state, ending.reason, ending.failure),
    ...(ending.sound ? [soundEffect(ending.sound)] : []),
  ])

/** A failure is spoken: silence would leave the person waiting. */
export const failIn = (state: Listening | Thinking | Speaking, failure: TurnFailure): Move =>
  endIn(state, {
    reason: 'failed',
    failure,
    sound: { phrase: failure.code === 'bad_reply' ? 'not_understood_cloud' : 'failed' },
  })

/** A plug that sits loosely must not become a chorus. */
const deafSentenceEveryMs = 3_600_000

const deafSaid = (ambient: Ambient, atMs: number): Ambient => ({ ...ambient, deaf: { now: true, saidAtMs: atMs } })

export const deafWhileIdle = (state: Idle, atMs: number): Move => {
  const saidAgoMs = atMs - (state.ambient.deaf?.saidAtMs ?? Number.NEGATIVE_INFINITY)
  if (saidAgoMs < deafSentenceEveryMs) return stay(state)
  return [{ ...state, ambient: deafSaid(state.ambient, atMs) }, [{ type: 'phrase', phrase: 'no_microphone' }]]
}

/** Somebody speaks and is not heard any more: they are told at once. */
export const deafWhileListening = (state: Listening, atMs: number): Move =>
  endIn(
    { ...state, ambient: deafSaid(state.ambient, atMs) },
    {
      reason: 'failed',
      failure: { stage: 'capture', code: 'no_microphone' },
      sound: { phrase: 'no_microphone' },
    },
  )

export const losesLink = (state: Listening | Thinking | Speaking): Move =>
  endIn(state, { reason: 'link_lost', sound: { earcon: 'error' } })

export const refusedIn = (state: Listening | Thinking, reason: string | undefined): Move =>
  // The other speaker answers: a sound from this one would only confuse.
  endIn(state, { reason: 'refused', ...(reason === 'another_speaker_won' ? {} : { sound: { earcon: 'error' } }) })

/** The turn is complete; a question leaves the microphone open for an answer. */
export const completeTurn = (state: Thinking | Speaking, expectsReply: boolean): Move<Idle | Expecting> => {
  const { ambient, turn } = state
  const ended = closeTurn(state, 'completed')
  if (!expectsReply || ambient.muted || ambient.followUpMs === 0) return toIdle(ambient, ended)
  const { sessionId } = turn
  return [
    { phase: 'expecting', ambient, previousSessionId: sessionId },
    [
      ...ended,
      { type: 'start_timer', timer: 'follow_up', sessionId, delayMs: ambient.followUpMs },
      { type: 'show_phase', phase: 'expecting', sessionId },
    ],
  ]
}

export const toThinking = (state: Listening): Move<Thinking> => {
  const { turn, acknowledged, acted } = state
  const { sessionId } = turn
  const [ambient, answering] = turn.by === 'speaker' ? answerLocally(state) : [state.ambient, []]
  return [
    { phase: 'thinking', ambient, turn, acknowledged, acted },
    [
      { type: 'stop_capture', sessionId },
      cancel('listening'),
      { type: 'start_timer', timer: 'thinking', sessionId, delayMs: thinkingMs },
      { type: 'earcon', earcon: 'end_of_listening' },
      { type: 'show_phase', phase: 'thinking', sessionId },
      ...answering,
    ],
  ]
}

/** The order to understand, with the one sentence about the cloud when it is due. */
const answerLocally = ({ ambient, turn }: Listening | Thinking): readonly [Ambient, readonly DialogEffect[]] => {
  const { away } = ambient
  const tellAway = !away || (!away.told && turn.atMs - away.atMs >= awaySentenceEveryMs)
  return [
    tellAway ? { ...ambient, away: { told: true, atMs: turn.atMs } } : ambient,
    [{ type: 'answer_locally', sessionId: turn.sessionId, tellAway }],
  ]
}

/** Whether the speaker can go on by itself with a turn that the cloud was to answer. */
export const canTakeOver = ({ ambient, turn, acted }: Listening | Thinking): boolean =>
  ambient.localCommands && turn.by === 'cloud' && !acted

/** The cloud does not answer: what was heard so far, and what is still to come, is for the speaker itself. */
export const takeOver = (state: Listening | Thinking, reason: EndReason): Move => {
  const { sessionId } = state.turn
  const own = { ...state, turn: { ...state.turn, by: 'speaker' as const }, acknowledged: true }
  const taken: readonly DialogEffect[] = [cancel('acknowledgement'), { type: 'take_over', sessionId, reason }]
  if (own.phase === 'listening') return [own, taken]
  const [ambient, answering] = answerLocally(own)
  return [{ ...own, ambient }, [...taken, ...answering]]
}

/** The speaker's own answer: spoken where there is a voice, else by what it keeps on disk. */
export const answeredLocally = (
  state: Thinking,
  answer: {
    readonly understood: boolean
    readonly spoken: boolean
    readonly expectsReply: boolean
    readonly tellAway: boolean
  },
): Move => {
  if (answer.spoken) return toSpeaking(state, { source: { type: 'local' }, expectsReply: answer.expectsReply })
  const [done, effects] = completeTurn(state, answer.expectsReply)
  return [
    done,
    [
      ...(answer.tellAway ? [{ type: 'phrase', phrase: 'no_network' } as const] : []),
      { type: 'earcon', earcon: answer.understood ? 'confirmed' : 'error' },
      ...effects,
    ],
  ]
}

export const toSpeaking = (
  state: Listening | Thinking,
  reply: { readonly source: ReplySource; readonly playId?: string; readonly expectsReply: boolean },
): Move<Speaking> => {
  const { ambient, turn } = state
  const { sessionId } = turn
  const { source, ...known } = reply
  return [
    // Nobody but the cloud has anything to say after the reply.
    { phase: 'speaking', ambient, turn, ...known, heard: false, cloudEnded: turn.by === 'speaker' },
    [
      ...cleanUp(state),
      { type: 'play_reply', sessionId, source, ...(reply.playId ? { playId: reply.playId } : {}) },
      { type: 'show_phase', phase: 'speaking', sessionId },
    ],
  ]
}

const wokenBy = (event: OpeningEvent): WokenBy => {
  const { atMs } = event
  switch (event.type) {
    case 'wake_word_heard':
      return { type: 'wake_word', word: event.word, score: event.score, atSample: event.atSample, atMs }
    case 'button_pressed':
      return { type: 'button', atMs }
    case 'text_typed':
      return { type: 'text', text: event.text, atMs }
    case 'speech_started':
      return { type: 'speech', sinceSample: event.sinceSample, atMs }
  }
}

const withoutNetwork = (ambient: Ambient, event: OpeningEvent, before: readonly DialogEffect[]): Move<Idle> => {
  const ignored: DialogEffect = { type: 'ignore_wake', reason: 'no_network' }
  if (event.type === 'speech_started') return toIdle(ambient, [...before, ignored])
  const saidAgoMs = event.atMs - (ambient.noNetworkSaidAtMs ?? Number.NEGATIVE_INFINITY)
  if (saidAgoMs < noNetworkSentenceEveryMs) {
    return toIdle(ambient, [...before, ignored, { type: 'earcon', earcon: 'error' }])
  }
  return toIdle({ ...ambient, noNetworkSaidAtMs: event.atMs }, [
    ...before,
    ignored,
    { type: 'phrase', phrase: 'no_network' },
  ])
}

const wakeEarcon: DialogEffect = { type: 'earcon', earcon: 'wake' }

/** Another speaker of the home may have heard the same word: only the one that the cloud takes may sound. */
const contested = (trigger: Trigger): boolean => trigger === 'wake_word' || trigger === 'barge_in'

/** The cloud knows of the turn and it is this speaker's. */
export const acknowledgedIn = (state: Listening | Thinking): Move => {
  const chimes = state.phase === 'listening' && !state.acknowledged && contested(state.turn.trigger)
  return [{ ...state, acknowledged: true }, [cancel('acknowledgement'), ...(chimes ? [wakeEarcon] : [])]]
}

export type Opening = {
  readonly ambient: Ambient
  readonly event: OpeningEvent
  readonly trigger: Trigger
  readonly previousSessionId?: string
  /** What the phase before still has to do. */
  readonly before?: readonly DialogEffect[]
}

/** Begins a turn, or says why not: without a network nothing is sent now and nothing later. */
export const openTurn = ({ ambient, event, trigger, previousSessionId, before = [] }: Opening): Move => {
  if (ambient.link === 'offline' && !ambient.localCommands) return withoutNetwork(ambient, event, before)
  const sessionId = event.newSessionId
  const by = ambient.link === 'online' ? 'cloud' : 'speaker'
  const turn: Turn = { sessionId, trigger, by, atMs: event.atMs, ...(previousSessionId ? { previousSessionId } : {}) }
  const acknowledged = by === 'speaker'
  const opened: readonly DialogEffect[] = [
    ...before,
    { type: 'open_turn', turn, wokenBy: wokenBy(event) },
    ...(acknowledged
      ? []
      : [{ type: 'start_timer', timer: 'acknowledgement', sessionId, delayMs: acknowledgementMs } as const]),
  ]
  if (trigger === 'text') {
    const thinking: Thinking = { phase: 'thinking', ambient, turn, acknowledged, acted: false }
    const [told, answering] = by === 'speaker' ? answerLocally(thinking) : [ambient, []]
    return [
      { ...thinking, ambient: told },
      [
        ...opened,
        { type: 'start_timer', timer: 'thinking', sessionId, delayMs: thinkingMs },
        { type: 'show_phase', phase: 'thinking', sessionId },
        ...answering,
      ],
    ]
  }
  return [
    { phase: 'listening', ambient, turn, acknowledged, acted: false },
    [
      ...opened,
      { type: 'start_capture', sessionId },
      { type: 'start_timer', timer: 'listening', sessionId, delayMs: listeningMs },
      ...(trigger === 'follow_up' || (contested(trigger) && !acknowledged) ? [] : [wakeEarcon]),
      { type: 'show_phase', phase: 'listening', sessionId },
    ],
  ]
}

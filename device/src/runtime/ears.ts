import type { HeardFrame } from '../audio/capture.ts'
import {
  type CommandHint,
  type EndOfTurnReason,
  type EndpointingInput,
  type EndpointingState,
  learnedPauseOf,
  openTurn,
  stepEndpointing,
} from '../turn/endpointing.ts'

export type EarsDeps = {
  readonly onEndOfTurn: (reason: EndOfTurnReason, endOfSpeechMs: number) => void
  /** Speech began while a follow-up is expected; `sinceMs` is its start in ms of captured sound. */
  readonly onFollowUp: (sinceMs: number) => void
  /** Of earlier turns, from disk. */
  readonly learnedPauseMs?: number
}

/** When the person begins and stops speaking. Times are ms of captured sound. */
export type Ears = {
  readonly hear: (heard: HeardFrame) => void
  /** A turn begins at `atMs`; sound of just before teaches the level of the room. */
  readonly openTurn: (atMs: number) => void
  /** The turn goes on from speech that was noticed while expecting. */
  readonly continueFollowUp: () => void
  /** A follow-up may come within `windowMs`. */
  readonly expect: (atMs: number, windowMs: number) => void
  readonly hint: (command: CommandHint, atMs: number) => void
  readonly rest: () => void
  readonly learnedPauseMs: () => number | undefined
}

const rememberedFrames = 100
/** The dialog's own timer closes the window; endpointing must not close it first. */
const windowMarginMs = 2_000

type Attention = { readonly to: 'turn' | 'follow_up'; readonly state: EndpointingState }

export const createEars = (deps: EarsDeps): Ears => {
  const recent: HeardFrame[] = []
  let attention: Attention | undefined
  let learnedPauseMs = deps.learnedPauseMs

  const learned = () => (learnedPauseMs === undefined ? {} : { learnedPauseMs })
  const listenFor = (input: EndpointingInput) => {
    if (!attention) return
    const { to } = attention
    const [state, decision] = stepEndpointing(attention.state, input)
    attention = { to, state }
    if (decision.type === 'speech_started' && to === 'follow_up') deps.onFollowUp(decision.atMs)
    if (decision.type !== 'end_of_turn') return
    attention = undefined
    learnedPauseMs = learnedPauseOf(state)
    if (to === 'turn') deps.onEndOfTurn(decision.reason, decision.endOfSpeechMs)
  }
  const listenTo = (heard: HeardFrame) => listenFor({ type: 'frame', ...heard })
  const replay = () => {
    for (const heard of [...recent]) listenTo(heard)
  }
  return {
    hear: (heard) => {
      recent.push(heard)
      if (recent.length > rememberedFrames) recent.shift()
      listenTo(heard)
    },
    openTurn: (atMs) => {
      attention = { to: 'turn', state: openTurn({ atMs, ...learned() }) }
      replay()
    },
    continueFollowUp: () => {
      if (attention) attention = { to: 'turn', state: attention.state }
    },
    expect: (atMs, windowMs) => {
      const noSpeechTimeoutMs = windowMs + windowMarginMs
      attention = { to: 'follow_up', state: openTurn({ atMs, noSpeechTimeoutMs, ...learned() }) }
      replay()
    },
    hint: (command, atMs) => listenFor({ type: 'hint', atMs, command }),
    rest: () => {
      if (attention) learnedPauseMs = learnedPauseOf(attention.state)
      attention = undefined
      // What follows is not the continuation of what was heard: nobody listens in between.
      recent.length = 0
    },
    learnedPauseMs: () => learnedPauseMs,
  }
}

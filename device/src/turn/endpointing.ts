import { assertNever } from '@mynah/shared/assert-never.ts'
import type { ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { defaultEndpointing, type EndpointingSettings } from './endpointing-settings.ts'
import { learnPause, patienceOf, typicalPauseMs } from './pause-average.ts'
import { type SoundLevels, stepLevels, unknownLevels, voiceGateDbfs } from './sound-levels.ts'

/** What the local command grammar says of the words so far; `none` also while nothing is known. */
export type CommandHint = NonNullable<ToDeviceMessage<'transcript'>['command']>

export type EndpointingInput =
  | {
      readonly type: 'frame'
      /** End of the frame, in ms of captured sound: the only time base. */
      readonly atMs: number
      readonly frameMs: number
      /** 0 to 1, from a VoiceActivityDetector. */
      readonly speechProbability: number
      readonly levelDbfs: number
    }
  /** `atMs` is when the hint arrived, on the time base of the frames. */
  | { readonly type: 'hint'; readonly atMs: number; readonly command: CommandHint }

export type EndOfTurnReason = 'command_complete' | 'silence' | 'hard_cap' | 'no_speech'

export type EndpointingDecision =
  | { readonly type: 'continue' }
  | { readonly type: 'speech_started'; readonly atMs: number }
  | { readonly type: 'end_of_turn'; readonly reason: EndOfTurnReason; readonly endOfSpeechMs: number }

/** An unbroken run of speech frames. */
type Run = { readonly sinceMs: number; readonly untilMs: number }
type Heard = { readonly command: CommandHint; readonly speechSinceMs: number }

type Listening = {
  readonly settings: EndpointingSettings
  readonly openedAtMs: number
  readonly noSpeechAtMs: number
  readonly nowMs: number
  readonly levels: SoundLevels
  /** Speech that goes on at `nowMs`. */
  readonly run: Run | undefined
  readonly hint: Heard
  readonly learnedPauseMs: number
}
type Waiting = Listening & { readonly phase: 'waiting'; readonly tail: Run | undefined }
type Talking = Listening & {
  readonly phase: 'talking'
  readonly speechMs: number
  readonly lastSpeechMs: number
  /** What was said so far may be nothing but the end of the wake word. */
  readonly maybeTail: boolean
}
type Ended = { readonly phase: 'ended'; readonly learnedPauseMs: number }

export type EndpointingState = Waiting | Talking | Ended
export type EndpointingStep = readonly [EndpointingState, EndpointingDecision]

type Opening = {
  /** The wake decision, the button, or the start of the follow-up window, in ms of captured sound. */
  readonly atMs: number
  /** Of a follow-up window, which waits for its own time. */
  readonly noSpeechTimeoutMs?: number
  /** From `learnedPauseMs` of earlier turns. */
  readonly learnedPauseMs?: number
  readonly settings?: EndpointingSettings
}

const goOn: EndpointingDecision = { type: 'continue' }

/**
 * Opens a turn. Frames from before `atMs` (the pre-roll) may be stepped first: they teach the level of the room and begin no turn.
 */
export const openTurn = (opening: Opening): EndpointingState => {
  const settings = opening.settings ?? defaultEndpointing
  const learnedPauseMs = opening.learnedPauseMs
  return {
    phase: 'waiting',
    settings,
    openedAtMs: opening.atMs,
    noSpeechAtMs: opening.atMs + (opening.noSpeechTimeoutMs ?? settings.noSpeechTimeoutMs),
    nowMs: Number.NEGATIVE_INFINITY,
    levels: unknownLevels,
    run: undefined,
    hint: { command: 'none', speechSinceMs: 0 },
    learnedPauseMs: Number.isFinite(learnedPauseMs) ? (learnedPauseMs ?? typicalPauseMs) : typicalPauseMs,
    tail: undefined,
  }
}

/** The speaker's pause average after this turn so far: keep it and give it to the next `openTurn`. */
export const learnedPauseOf = (state: EndpointingState): number => state.learnedPauseMs

/**
 * Decides when a turn is over; the heart of turn taking. Pure: frames and hints in, at most one decision out. After `end_of_turn`
 * everything is `continue`. Promises: the turn ends at the hard cap at the latest, whatever comes in; before that it never ends
 * while speech goes on; more silence never makes it end later.
 */
export const stepEndpointing = (state: EndpointingState, input: EndpointingInput): EndpointingStep => {
  if (state.phase === 'ended') return [state, goOn]
  const nowMs = Math.max(state.nowMs, Number.isFinite(input.atMs) ? input.atMs : state.nowMs)
  const timed = { ...state, nowMs }
  const heard = input.type === 'frame' ? hearFrame(timed, input) : takeHint(timed, input.command)
  switch (heard.phase) {
    case 'waiting':
      return fromWaiting(heard)
    case 'talking':
      return fromTalking(heard, state.phase === 'waiting')
    default:
      return assertNever(heard)
  }
}

const hearFrame = (state: Waiting | Talking, frame: EndpointingInput & { type: 'frame' }): Waiting | Talking => {
  const { settings } = state
  const levels = stepLevels(state.levels, frame)
  const threshold = state.run ? settings.speechStaysFrom : settings.speechBeginsFrom
  // Written so that a probability that is no number is no speech.
  const isSpeech = frame.speechProbability >= threshold && !(frame.levelDbfs < voiceGateDbfs(levels))
  const heard = { ...state, levels }
  if (!isSpeech) return afterRun(heard)
  const sinceMs = state.run?.sinceMs ?? state.nowMs - frame.frameMs
  const hint = { ...state.hint, speechSinceMs: state.hint.speechSinceMs + frame.frameMs }
  return duringRun({ ...heard, run: { sinceMs, untilMs: state.nowMs }, hint }, frame.frameMs)
}

/** The wake word's last sounds are still in the air, and in the network's memory, when the decision falls. */
const beganBeforeOpening = (state: Listening, run: Run) =>
  run.sinceMs <= state.openedAtMs + state.settings.openingSlackMs

const duringRun = (state: (Waiting | Talking) & { run: Run }, frameMs: number): Waiting | Talking => {
  const { settings, run } = state
  const runMs = run.untilMs - run.sinceMs
  if (state.phase === 'talking') {
    if (runMs < settings.resumeSpeechMs) return state
    const pauseMs = run.sinceMs - state.lastSpeechMs
    return {
      ...state,
      speechMs: state.speechMs + (pauseMs > 0 ? runMs : frameMs),
      lastSpeechMs: run.untilMs,
      maybeTail: state.maybeTail && pauseMs <= 0,
      learnedPauseMs: learnPause(state.learnedPauseMs, pauseMs),
    }
  }
  if (run.untilMs <= state.openedAtMs) return state
  const isTail = beganBeforeOpening(state, run)
  const enough = isTail ? run.untilMs - state.openedAtMs >= settings.wakeTailMs : runMs >= settings.startSpeechMs
  return enough ? talkingFrom(state, run, isTail) : state
}

const talkingFrom = (state: Waiting, run: Run, maybeTail: boolean): Talking => {
  const { tail: _, ...listening } = state
  const sinceMs = Math.max(run.sinceMs, state.openedAtMs)
  return {
    ...listening,
    phase: 'talking',
    speechMs: Math.max(0, run.untilMs - sinceMs),
    lastSpeechMs: run.untilMs,
    maybeTail,
  }
}

const afterRun = (state: Waiting | Talking): Waiting | Talking => {
  if (!state.run) return state
  return state.phase === 'waiting' ? { ...state, tail: state.run, run: undefined } : { ...state, run: undefined }
}

const takeHint = (state: Waiting | Talking, command: CommandHint): Waiting | Talking => {
  const hinted = { ...state, hint: { command, speechSinceMs: 0 } }
  const understood = command === 'may_end' || command === 'must_end'
  if (hinted.phase === 'talking' || !understood) return hinted
  // The recogniser has understood words: what sounded like the tail of the wake word, or like nothing, was a command.
  const soundMs = (hinted.run ?? hinted.tail)?.untilMs
  const lastMs = soundMs !== undefined && soundMs > state.openedAtMs ? soundMs : state.nowMs
  return talkingFrom(hinted, { sinceMs: Math.min(lastMs, state.openedAtMs), untilMs: lastMs }, false)
}

const fromWaiting = (state: Waiting): EndpointingStep => {
  const lastMs = state.run?.untilMs ?? state.tail?.untilMs ?? state.openedAtMs
  const endOfSpeechMs = Math.max(lastMs, state.openedAtMs)
  if (state.nowMs >= hardCapAtMs(state)) return ended(state, 'hard_cap', endOfSpeechMs)
  if (state.nowMs >= state.noSpeechAtMs && !state.run) return ended(state, 'no_speech', state.openedAtMs)
  return [state, goOn]
}

const fromTalking = (state: Talking, justStarted: boolean): EndpointingStep => {
  if (state.nowMs >= hardCapAtMs(state)) return ended(state, 'hard_cap', state.lastSpeechMs)
  if (justStarted) return [state, { type: 'speech_started', atMs: state.lastSpeechMs - state.speechMs }]
  const silenceMs = state.nowMs - state.lastSpeechMs
  if (state.run || silenceMs < neededSilenceMs(state)) return [state, goOn]
  const complete = state.hint.command === 'may_end' || state.hint.command === 'must_end'
  return ended(state, complete ? 'command_complete' : 'silence', state.lastSpeechMs)
}

const hardCapAtMs = (state: Listening) => state.openedAtMs + state.settings.hardCapMs

const ended = (state: Listening, reason: EndOfTurnReason, endOfSpeechMs: number): EndpointingStep => [
  { phase: 'ended', learnedPauseMs: state.learnedPauseMs },
  { type: 'end_of_turn', reason, endOfSpeechMs },
]

/** A hint tells of the words before it. When much was said since, it is worth one step less until the next one comes. */
const freshHint = (state: Talking): CommandHint => {
  const { command, speechSinceMs } = state.hint
  if (speechSinceMs <= state.settings.hintFreshSpeechMs) return command
  return command === 'must_end' ? 'may_end' : 'none'
}

/** Silence after which the turn is over, as things stand. */
const neededSilenceMs = (state: Talking): number => {
  const { settings } = state
  const patience = patienceOf(state.learnedPauseMs)
  const bounded = (silenceMs: number) => Math.min(settings.maxSilenceMs, Math.max(settings.minSilenceMs, silenceMs))
  const hint = freshHint(state)
  switch (hint) {
    case 'must_end':
      return bounded(settings.mustEndSilenceMs)
    case 'may_end':
      return bounded(settings.mayEndSilenceMs * patience)
    case 'prefix':
      return bounded(settings.prefixSilenceMs * patience)
    case 'none': {
      const littleSaid = state.speechMs < (state.maybeTail ? settings.littleAfterWakeMs : settings.littleSpeechMs)
      return bounded((littleSaid ? settings.prefixSilenceMs : settings.openSilenceMs) * patience)
    }
    default:
      return assertNever(hint)
  }
}

import type { TalkMessage } from '@mynah/shared/api/talk.ts'

export type CommandHint = Extract<TalkMessage, { type: 'transcript' }>['command']

/**
 * Whether somebody speaks, by loudness alone: a browser has no voice activity model, and its own noise suppression makes pauses
 * quiet. Milliseconds of captured sound are the only time base.
 */
export type Hearing = {
  readonly heardMs: number
  /** Quietest of late: the room. */
  readonly floorDbfs: number
  /** Unbroken loud sound up to now. */
  readonly loudMs: number
  readonly hasSpoken: boolean
  readonly silenceMs: number
  readonly command: CommandHint
}

export type HearingDecision = 'go_on' | 'end_of_speech' | 'nothing_said'

export const startHearing: Hearing = {
  heardMs: 0,
  // Falls to the first frames of the room, however loud it is.
  floorDbfs: -30,
  loudMs: 0,
  hasSpoken: false,
  silenceMs: 0,
  command: 'none',
}

const quietestVoiceDbfs = -50
const aboveFloorDb = 10
/** The floor follows a quieter room at once and a louder one slowly, slower still in speech: a word must not become the floor. */
const floorRiseDbPerMs = { beforeSpeech: 0.003, inSpeech: 0.0005 } as const
/** Shorter than this is a click. */
const leastSpeechMs = 80
const nothingSaidMs = 6_000
const longestMs = 15_000

/** Silence that ends a turn, by what the command grammar says of the words so far. */
const patienceMs: Readonly<Record<CommandHint, number>> = { must_end: 400, may_end: 600, none: 1_000, prefix: 1_300 }

/** Takes one frame. Promises an end after 15 s whatever comes; nothing said in 6 s is told apart from a pause. */
export const hear = (
  before: Hearing,
  frame: { readonly levelDbfs: number; readonly frameMs: number },
): readonly [Hearing, HearingDecision] => {
  const { levelDbfs, frameMs } = frame
  const heardMs = before.heardMs + frameMs
  const isLoud = levelDbfs > Math.max(quietestVoiceDbfs, before.floorDbfs + aboveFloorDb)
  const loudMs = isLoud ? before.loudMs + frameMs : 0
  const speaks = loudMs >= leastSpeechMs
  const hasSpoken = before.hasSpoken || speaks
  const silenceMs = speaks ? 0 : before.silenceMs + frameMs
  const riseDbPerMs = hasSpoken ? floorRiseDbPerMs.inSpeech : floorRiseDbPerMs.beforeSpeech
  const floorDbfs = Math.min(levelDbfs, before.floorDbfs + riseDbPerMs * frameMs)
  const after = { ...before, heardMs, floorDbfs: Math.max(-96, floorDbfs), loudMs, hasSpoken, silenceMs }
  if (heardMs >= longestMs) return [after, hasSpoken ? 'end_of_speech' : 'nothing_said']
  if (!hasSpoken) return [after, heardMs >= nothingSaidMs ? 'nothing_said' : 'go_on']
  return [after, silenceMs >= patienceMs[after.command] ? 'end_of_speech' : 'go_on']
}

/** The recogniser understood words: somebody spoke, however quietly. */
export const takeWords = (before: Hearing, text: string, command: CommandHint): Hearing => ({
  ...before,
  command,
  hasSpoken: before.hasSpoken || text !== '',
})

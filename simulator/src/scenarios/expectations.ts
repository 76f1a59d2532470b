import { playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import type { Conversation } from '../conversation.ts'
import type { House } from '../house.ts'
import { intelligibilityOf } from '../intelligible.ts'
import type { Utterance } from '../person.ts'
import { defaultReplyPath, writeReplyWav } from '../reply-wav.ts'
import type { Report } from '../scenario.ts'
import type { SimulatedSpeaker } from '../speaker.ts'

/** The cloud writes a turn down when its speaker has reported the end; this is what that may take. */
const recordingLimitMs = 3_000
const lateLimitMs = 1_000

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} ]/gu, '')
    .trim()

/** The transcript holds these words; case, wake word and punctuation do not matter. */
export const expectHeard = (report: Report, conversation: Conversation, words: string) => {
  const { heard } = conversation.turn
  report.check(`understood "${words}"`, plain(heard).includes(plain(words)), heard)
}

export const expectCompleted = (report: Report, conversation: Conversation) => {
  const { reason, failure } = conversation.turn
  report.check('the turn completed', reason === 'completed', failure ? { reason, failure } : reason)
}

/** A timer that the turn `setBy` has set fires in time; gives the moment. Its seconds run from when the command was understood. */
export const expectFired = async (
  report: Report,
  expected: {
    readonly speaker: SimulatedSpeaker
    readonly since: number
    readonly setBy: Conversation['turn']
    readonly timerSeconds: number
  },
  signal: AbortSignal,
): Promise<number> => {
  const { speaker, since, setBy, timerSeconds } = expected
  const firedMs = await speaker.watch.expect(
    {
      what: 'ring of the timer',
      pick: (event) => (event.type === 'schedule_fired' && event.kind === 'timer' ? event.atMs : undefined),
      since,
      timeoutMs: timerSeconds * 1_000 + 5_000,
    },
    signal,
  )
  const understoodMs = setBy.moments.commitMs ?? setBy.moments.endOfSpeechMs ?? firedMs
  const lateMs = firedMs - understoodMs - timerSeconds * 1_000
  report.check(
    `it fired within ${lateLimitMs} ms of its time`,
    Math.abs(lateMs) <= lateLimitMs,
    `${Math.round(lateMs)} ms`,
  )
  return firedMs
}

/** What to look at when an ear did not understand: the sound itself, and what the speaker says became of it on its way. */
const keptForListening = async ({ turn, replySound }: Conversation): Promise<string> => {
  const path = await writeReplyWav(defaultReplyPath(turn.sessionId), replySound)
  return `its sound is kept in ${path}; on the way: ${JSON.stringify(turn.audio ?? {})}`
}

/** Sound came out, and an independent ear understands in it what the reply text says. */
export const expectSpoken = async (report: Report, conversation: Conversation, signal: AbortSignal) => {
  const { turn, replySound } = conversation
  report.check('there is a reply', turn.reply.length > 0, turn.reply)
  report.check('the reply is audible', levelDbfs(replySound) > -45, `${Math.round(levelDbfs(replySound))} dBFS`)
  const sound = { samples: replySound, sampleRateHz: playbackSampleRateHz, text: turn.reply }
  const found = await intelligibilityOf(sound, signal)
  if (!found.ok) {
    report.skip('an independent ear understands the reply', found.error.message)
    return
  }
  const { by, heard, share } = found.value
  const how = by === 'clean_voice' ? 'as in a clean voice beside it' : `${Math.round(share * 100)} % of its words`
  report.check('an independent ear understands the reply', by !== 'nothing', `"${heard}", ${how}`)
  if (by === 'nothing') report.step(await keptForListening(conversation))
}

/** The cloud wrote the turn down as the speaker saw it, and holds no session open. */
export const expectRecorded = async (
  report: Report,
  expected: { readonly house: House; readonly sessionId: string; readonly outcome: string },
  signal: AbortSignal,
) => {
  const { house, sessionId, outcome } = expected
  const untilMs = house.clock.now() + recordingLimitMs
  for (;;) {
    const turns = await house.cloud.turns(signal)
    if (!turns.ok) {
      report.check('the cloud lists its turns', false, turns.error.message)
      return
    }
    const recorded = turns.value.find((turn) => turn.sessionId === sessionId)
    const open = turns.value.filter((turn) => turn.outcome === undefined)
    const isDone = recorded?.outcome !== undefined && open.length === 0
    if (isDone || house.clock.now() > untilMs || signal.aborted) {
      report.check(
        `the cloud recorded the turn as ${outcome}`,
        recorded?.outcome === outcome,
        recorded?.outcome ?? 'nothing',
      )
      report.check('no session is left open', open.length === 0, open.length)
      return
    }
    await house.clock.sleep(100, signal)
  }
}

/** A voice for a scenario, or an end with a sentence. */
export const voiceSaying = async (house: House, text: string, signal: AbortSignal): Promise<Utterance> => {
  const utterance = await house.voice({ text, language: 'en' }, signal)
  house.show(`someone says "${text}"`)
  return utterance
}

/** Says one sentence to a speaker and expects the whole of a good turn. */
export const expectGoodTurn = async (
  report: Report,
  turn: {
    readonly house: House
    readonly speaker: SimulatedSpeaker
    readonly conversation: Conversation
    readonly words: string
  },
  signal: AbortSignal,
) => {
  expectHeard(report, turn.conversation, turn.words)
  expectCompleted(report, turn.conversation)
  await expectSpoken(report, turn.conversation, signal)
  await expectRecorded(
    report,
    { house: turn.house, sessionId: turn.conversation.turn.sessionId, outcome: 'completed' },
    signal,
  )
}

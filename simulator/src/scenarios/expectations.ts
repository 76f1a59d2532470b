import { playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import type { Conversation } from '../conversation.ts'
import type { House } from '../house.ts'
import type { Utterance } from '../person.ts'
import { agreement, recogniseIndependently } from '../recognise.ts'
import type { Report } from '../scenario.ts'
import type { SimulatedSpeaker } from '../speaker.ts'

/** Words of a reply that an independent ear must find again: its dictation model misses one in four of a synthetic voice. */
const leastAgreement = 0.5
/** The cloud writes a turn down when its speaker has reported the end; this is what that may take. */
const recordingLimitMs = 3_000

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

/** Sound came out, and an independent ear understands in it what the reply text says. */
export const expectSpoken = async (report: Report, conversation: Conversation, signal: AbortSignal) => {
  const { turn, replySound } = conversation
  report.check('there is a reply', turn.reply.length > 0, turn.reply)
  report.check('the reply is audible', levelDbfs(replySound) > -45, `${Math.round(levelDbfs(replySound))} dBFS`)
  const heard = await recogniseIndependently({ samples: replySound, sampleRateHz: playbackSampleRateHz }, signal)
  if (!heard.ok) {
    report.skip('an independent ear understands the reply', heard.error.message)
    return
  }
  const share = agreement(turn.reply, heard.value)
  report.check(
    'an independent ear understands the reply',
    share >= leastAgreement,
    `"${heard.value}", ${Math.round(share * 100)} % of its words`,
  )
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

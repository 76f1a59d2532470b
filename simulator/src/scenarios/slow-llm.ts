import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectCompleted, expectRecorded, expectSpoken, voiceSaying } from './expectations.ts'

const words =
  'A rainbow appears when sunlight meets drops of rain. Each drop bends the light and splits it into many colors. You see red outside and violet inside.'.split(
    ' ',
  )
const firstTokenMs = 1_500
const wordMs = 150

export const slowLlm: Scenario = {
  name: 'slow-llm',
  summary: 'A slow language model is heard from its first sentence on, while it still writes.',
  needs: { llm: { type: 'say', words, firstTokenMs, wordMs } },
  run: async (house, report, signal) => {
    house.llm?.setScript({ type: 'say', words, firstTokenMs, wordMs })
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const utterance = await voiceSaying(house, 'hey jarvis, why does a rainbow have so many beautiful colors', signal)
    const conversation = await converse({ house, speaker, utterance }, signal)
    const { turn } = conversation
    expectCompleted(report, conversation)
    report.check('the language model was asked', (house.llm?.requests() ?? 0) > 0)
    report.check('the whole answer arrived', turn.reply.includes('violet inside'), turn.reply)
    await expectSpoken(report, conversation, signal)
    // The model is asked when the recogniser is done, and writes from then on.
    const wholeAnswerMs = (turn.hops.stt_final ?? 0) + firstTokenMs + words.length * wordMs
    const waited = turn.hops.commit_to_first_audio
    report.check(
      'it spoke before the answer was written to its end',
      waited !== undefined && waited < wholeAnswerMs - 1_000,
      `${Math.round(waited ?? 0)} of ${Math.round(wholeAnswerMs)} ms`,
    )
    await expectRecorded(report, { house, sessionId: turn.sessionId, outcome: 'completed' }, signal)
  },
}

import { converse, finishedTurn, nextTurn, speakInto } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import {
  expectCompleted,
  expectGoodTurn,
  expectHeard,
  expectRecorded,
  expectSpoken,
  voiceSaying,
} from './expectations.ts'

/** A person thinks for a moment before answering. */
const thinkingPauseMs = 700

export const followUp: Scenario = {
  name: 'follow-up',
  summary: 'The speaker asks back, and the answer needs no wake word.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    // Made ahead: the speaker waits for the answer only a few seconds.
    const reply = await house.voice({ text: 'ten minutes', language: 'en' }, signal)
    const question = await converse(
      { house, speaker, utterance: await voiceSaying(house, 'hey jarvis, set a timer', signal) },
      signal,
    )
    report.check('the speaker expects an answer', speaker.phase() === 'expecting', speaker.phase())
    await house.clock.sleep(thinkingPauseMs, signal)
    const since = speaker.watch.mark()
    house.show('someone answers "ten minutes"')
    const said = speakInto(house, reply)
    const sessionId = await nextTurn(speaker, since, signal)
    const answer = await finishedTurn({ speaker, sessionId, said }, signal)
    await expectGoodTurn(report, { house, speaker, conversation: question, words: 'set a timer' }, signal)
    report.check('the answer was taken without a wake word', answer.turn.trigger === 'follow_up', answer.turn.trigger)
    expectHeard(report, answer, 'ten minutes')
    expectCompleted(report, answer)
    report.check('the reply is about ten minutes', /ten|10/.test(answer.turn.reply), answer.turn.reply)
    await expectSpoken(report, answer, signal)
    await expectRecorded(report, { house, sessionId, outcome: 'completed' }, signal)
    const turns = await house.cloud.turns(signal)
    const conversations = turns.ok
      ? turns.value
          .filter((turn) => turn.sessionId === sessionId || turn.sessionId === question.turn.sessionId)
          .map((turn) => turn.conversationId)
      : []
    report.check('both turns are one conversation', conversations.length === 2 && new Set(conversations).size === 1)
  },
}

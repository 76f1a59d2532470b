import { converse, finishedTurn, nextTurn, speakInto } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectCompleted, expectGoodTurn, expectHeard, expectSpoken, voiceSaying } from './expectations.ts'

const backLimitMs = 30_000

export const brokerRestart: Scenario = {
  name: 'broker-restart',
  summary: 'Every control connection breaks in the middle of a turn: the sound goes on, control resumes.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const since = speaker.watch.mark()
    const said = speakInto(house, await voiceSaying(house, 'hey jarvis, what can you do', signal))
    const sessionId = await nextTurn(speaker, since, signal)
    await speaker.watch.expect(
      {
        what: 'reply',
        pick: (event) => (event.type === 'first_reply_sample' && event.sessionId === sessionId ? event : undefined),
        since,
        timeoutMs: 15_000,
      },
      signal,
    )
    house.show('the broker restarts')
    const droppedAt = speaker.watch.mark()
    speaker.network.dropBroker()
    const conversation = await finishedTurn({ speaker, sessionId, said }, signal)
    expectHeard(report, conversation, 'what can you do')
    expectCompleted(report, conversation)
    await expectSpoken(report, conversation, signal)
    const { audio } = conversation.turn
    report.check('the reply had no gap', audio?.concealed === 0, audio)
    await speaker.watch.expect(
      {
        what: 'speaker that is back online',
        pick: (event) => (event.type === 'link_changed' && event.link === 'online' ? event : undefined),
        since: droppedAt,
        timeoutMs: backLimitMs,
      },
      signal,
    )
    const next = await converse(
      { house, speaker, utterance: await voiceSaying(house, 'hey jarvis, what time is it', signal) },
      signal,
    )
    await expectGoodTurn(report, { house, speaker, conversation: next, words: 'what time is it' }, signal)
  },
}

import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectCompleted, expectRecorded, expectSpoken, voiceSaying } from './expectations.ts'

export const outOfGrammar: Scenario = {
  name: 'out-of-grammar',
  summary: 'Something that is no command is not forced onto one.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const since = speaker.watch.mark()
    const text = 'hey jarvis, the old fisherman repaired his wooden boat beside the quiet harbour'
    const conversation = await converse({ house, speaker, utterance: await voiceSaying(house, text, signal) }, signal)
    expectCompleted(report, conversation)
    await expectSpoken(report, conversation, signal)
    const { sessionId } = conversation.turn
    await expectRecorded(report, { house, sessionId, outcome: 'completed' }, signal)
    const turns = await house.cloud.turns(signal)
    const answeredBy = turns.ok ? turns.value.find((turn) => turn.sessionId === sessionId)?.answeredBy : undefined
    report.check('no skill answered', answeredBy !== undefined && !answeredBy.startsWith('skill:'), answeredBy)
    report.check(
      'the speaker changed nothing',
      !speaker.watch
        .events()
        .slice(since)
        .some((event) => event.type === 'volume_changed' || event.type === 'schedule_fired'),
    )
  },
}

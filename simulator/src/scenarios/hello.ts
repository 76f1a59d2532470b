import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectGoodTurn, voiceSaying } from './expectations.ts'

export const hello: Scenario = {
  name: 'hello',
  summary: 'Someone asks for the time and is answered aloud.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const utterance = await voiceSaying(house, 'hey jarvis, what time is it', signal)
    const conversation = await converse({ house, speaker, utterance }, signal)
    await expectGoodTurn(report, { house, speaker, conversation, words: 'what time is it' }, signal)
    const { turn } = conversation
    const spoken = ['listening', 'thinking', 'speaking'].every((phase) => turn.phases.some((seen) => seen === phase))
    report.check('the speaker listened, thought and spoke', spoken, turn.phases.join(' '))
    report.check('no frame of the reply was lost or concealed', turn.audio?.concealed === 0, turn.audio)
    report.check('the speaker is idle again', speaker.phase() === 'idle', speaker.phase())
  },
}

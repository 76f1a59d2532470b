import { existsSync } from 'node:fs'
import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { converse } from '../conversation.ts'
import { joinUtterances } from '../person.ts'
import { testDataPath } from '../repository.ts'
import type { Scenario } from '../scenario.ts'
import { expectCompleted, expectRecorded, voiceSaying } from './expectations.ts'

const pauseMs = 350
const modelPath = testDataPath('pocketsphinx-zh')
const commandPath = testDataPath('speech-zh', 'spliced-commands', 'zr1.wav')

export const chinese: Scenario = {
  name: 'chinese',
  summary: 'A Mandarin command is understood and answered in Mandarin.',
  needs: {},
  missing: () =>
    [modelPath, commandPath].every((path) => existsSync(path))
      ? undefined
      : `the Mandarin model and recordings are not there (${modelPath}, ${commandPath})`,
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen', language: 'zh' }, signal)
    // openWakeWord has no Chinese word: the wake word is English, the command Mandarin.
    const wake = await voiceSaying(house, 'hey jarvis', signal)
    const command = await house.recording(commandPath, '现在几点')
    house.show('and a recorded voice: 现在几点')
    const { turn, replySound } = await converse(
      { house, speaker, utterance: joinUtterances(wake, command, pauseMs) },
      signal,
    )
    expectCompleted(report, { turn, replySound })
    // Whole: a city in front of 几点 is another question, and its answer has a 点 too.
    report.check('it was understood in Chinese, every word', /^hey jarvis 现在几点了?$/.test(turn.heard), turn.heard)
    report.check('the answer tells the time here, in Chinese', /^现在是\p{Script=Han}+点/u.test(turn.reply), turn.reply)
    report.check('the reply is audible', levelDbfs(replySound) > -45, `${Math.round(levelDbfs(replySound))} dBFS`)
    await expectRecorded(report, { house, sessionId: turn.sessionId, outcome: 'completed' }, signal)
  },
}

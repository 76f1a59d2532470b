import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import type { LlmScript } from '../scripted-llm.ts'
import { expectRecorded, voiceSaying } from './expectations.ts'

const failures: readonly { readonly how: string; readonly script: LlmScript }[] = [
  { how: 'answers with status 500', script: { type: 'http_error', status: 500 } },
  { how: 'breaks off at once', script: { type: 'break_off', words: ['Well'] } },
]

export const llmFails: Scenario = {
  name: 'llm-fails',
  summary: 'The language model fails: the speaker says so in one short sentence, never silence.',
  needs: { llm: { type: 'http_error', status: 500 } },
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const text = 'hey jarvis, why does a rainbow have so many beautiful colors'
    const utterance = await voiceSaying(house, text, signal)
    for (const { how, script } of failures) {
      house.show(`the language model ${how}`)
      house.llm?.setScript(script)
      const since = speaker.watch.mark()
      const { turn } = await converse({ house, speaker, utterance }, signal)
      const { commitMs = 0 } = turn.moments
      await house.clock.sleep(500, signal)
      const soundMs = speaker.watch
        .events()
        .slice(since)
        .find((event) => event.type === 'phrase' || event.type === 'first_reply_sample')?.atMs
      report.check(`${how}: the turn ended as failed`, turn.reason === 'failed', turn.reason)
      report.check(`${how}: the language model is named`, turn.failure?.stage === 'llm', turn.failure)
      report.check(
        `${how}: a sentence was spoken`,
        soundMs !== undefined && speaker.spot.recording.firstSoundAfter(soundMs) !== undefined,
        soundMs && `${Math.round(soundMs - commitMs)} ms after the commit`,
      )
      await house.clock.sleep(3_000, signal)
      await expectRecorded(report, { house, sessionId: turn.sessionId, outcome: 'failed' }, signal)
    }
    report.check('the speaker is idle again', speaker.phase() === 'idle', speaker.phase())
  },
}

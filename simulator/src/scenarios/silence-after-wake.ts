import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectRecorded, voiceSaying } from './expectations.ts'

const listeningLimitMs = 9_000

export const silenceAfterWake: Scenario = {
  name: 'silence-after-wake',
  summary: 'Someone says only the wake word: the speaker stops listening by itself.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const { turn } = await converse(
      { house, speaker, utterance: await voiceSaying(house, 'hey jarvis', signal) },
      signal,
    )
    report.check('the turn ended because nothing was said', turn.reason === 'no_speech', turn.reason)
    const { wakeMs = 0, endedMs = Number.POSITIVE_INFINITY } = turn.moments
    report.check(
      `it ended within ${listeningLimitMs / 1_000} s`,
      endedMs - wakeMs < listeningLimitMs,
      `${Math.round(endedMs - wakeMs)} ms`,
    )
    report.check('it answered nothing', turn.moments.firstReplySampleMs === undefined, turn.reply)
    report.check('the speaker is idle again', speaker.phase() === 'idle', speaker.phase())
    await expectRecorded(report, { house, sessionId: turn.sessionId, outcome: 'no_speech' }, signal)
  },
}

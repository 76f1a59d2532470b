import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectFired, expectGoodTurn, voiceSaying } from './expectations.ts'

export const timer: Scenario = {
  name: 'timer',
  summary: 'A timer set by voice rings on the speaker and is stopped by voice.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const since = speaker.watch.mark()
    const utterance = await voiceSaying(house, 'hey jarvis, set a timer for three seconds', signal)
    const set = await converse({ house, speaker, utterance }, signal)
    await expectGoodTurn(report, { house, speaker, conversation: set, words: 'timer for three seconds' }, signal)
    const firedMs = await expectFired(report, { speaker, since, setBy: set.turn, timerSeconds: 3 }, signal)
    await house.clock.sleep(1_500, signal)
    const ringMs = speaker.spot.recording.firstSoundAfter(firedMs)
    report.check(
      'it rings',
      ringMs !== undefined && ringMs - firedMs < 500,
      ringMs && `${Math.round(ringMs - firedMs)} ms`,
    )
    const stop = await voiceSaying(house, 'hey jarvis, stop', signal)
    const stopped = await converse({ house, speaker, utterance: stop }, signal)
    report.check('"stop" was heard over the ringing', stopped.turn.heard.includes('stop'), stopped.turn.heard)
    const quietFromMs = house.clock.now() + 300
    await house.clock.sleep(2_500, signal)
    report.check('it rings no more', speaker.spot.recording.firstSoundAfter(quietFromMs) === undefined)
  },
}

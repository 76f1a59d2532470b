import { converse, finishedTurn, nextTurn, speakInto } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectGoodTurn, expectRecorded, voiceSaying } from './expectations.ts'

const earconLimitMs = 2_000
const backLimitMs = 40_000

export const cloudRestart: Scenario = {
  name: 'cloud-restart',
  summary: 'The cloud dies in the middle of a turn (kill -9) and comes back.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const utterance = await voiceSaying(house, 'hey jarvis, what time is it', signal)
    let since = speaker.watch.mark()
    speakInto(house, utterance)
    const sessionId = await nextTurn(speaker, since, signal)
    await speaker.watch.expect(
      {
        what: 'acknowledged session',
        pick: (event) => (event.type === 'session_acknowledged' && event.sessionId === sessionId ? event : undefined),
        since,
        timeoutMs: 2_000,
      },
      signal,
    )
    house.show('the cloud is killed')
    const killedMs = house.clock.now()
    await house.cloud.kill()
    const earconMs = await speaker.watch.expect(
      {
        what: 'error tone',
        pick: (event) => (event.type === 'earcon' && event.earcon === 'error' ? event.atMs : undefined),
        since,
        timeoutMs: 10_000,
      },
      signal,
    )
    report.check(
      'an error tone within 2 s',
      earconMs - killedMs <= earconLimitMs,
      `${Math.round(earconMs - killedMs)} ms`,
    )
    const { turn } = await finishedTurn({ speaker, sessionId }, signal)
    report.check('the speaker closed the turn', turn.reason === 'link_lost' || turn.reason === 'failed', turn.reason)
    since = speaker.watch.mark()
    house.show('the cloud starts again')
    const restarted = await house.cloud.restart(signal)
    report.check('the cloud starts on the same ports', restarted.ok, restarted.ok ? undefined : restarted.error.message)
    await speaker.watch.expect(
      {
        what: 'speaker that is back online',
        pick: (event) => (event.type === 'link_changed' && event.link === 'online' ? event : undefined),
        since,
        timeoutMs: backLimitMs,
      },
      signal,
    )
    await expectRecorded(report, { house, sessionId, outcome: 'failed' }, signal)
    const conversation = await converse({ house, speaker, utterance }, signal)
    await expectGoodTurn(report, { house, speaker, conversation, words: 'what time is it' }, signal)
  },
}

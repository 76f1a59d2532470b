import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectCompleted, expectFired, expectHeard, expectRecorded, voiceSaying } from './expectations.ts'

const noticeLimitMs = 30_000
const backLimitMs = 40_000
/** The speaker looks once after its start whether it could understand by itself. */
const looksWithinMs = 20_000

export const offline: Scenario = {
  name: 'offline',
  summary: 'The cloud is killed before the command: the speaker understands it by itself, and the timer rings.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen', localCommands: true }, signal)
    const ability = await speaker.localAbility(looksWithinMs, signal)
    if (ability.type !== 'commands') {
      report.skip('commands are understood without the cloud', ability.type === 'none' ? ability.reason : 'unknown')
      return
    }
    const setTimer = await voiceSaying(house, 'hey jarvis, set a timer for five seconds', signal)
    const askTime = await voiceSaying(house, 'hey jarvis, what time is it', signal)
    let since = speaker.watch.mark()
    const linkBecomes = (link: 'online' | 'offline', timeoutMs: number) =>
      speaker.watch.expect(
        {
          what: `speaker that is ${link}`,
          pick: (event) => (event.type === 'link_changed' && event.link === link ? event : undefined),
          since,
          timeoutMs,
        },
        signal,
      )
    house.show('the cloud is killed')
    await house.cloud.kill()
    await linkBecomes('offline', noticeLimitMs)
    since = speaker.watch.mark()
    const first = await converse({ house, speaker, utterance: setTimer }, signal)
    expectHeard(report, first, 'set a timer for five seconds')
    report.check('the turn completed', first.turn.reason === 'completed', first.turn.failure ?? first.turn.reason)
    report.check('it says that the cloud is away', /can't reach the cloud/.test(first.turn.reply), first.turn.reply)
    report.check('it says that the timer is set', /Timer set for five seconds/.test(first.turn.reply), first.turn.reply)
    report.check(
      'the reply is audible',
      levelDbfs(first.replySound) > -45,
      `${Math.round(levelDbfs(first.replySound))} dBFS`,
    )
    await expectFired(report, { speaker, since, setBy: first.turn, timerSeconds: 5 }, signal)
    const second = await converse({ house, speaker, utterance: askTime }, signal)
    expectHeard(report, second, 'what time is it')
    report.check('the wake word silenced the ring', second.turn.reason === 'completed', second.turn.reason)
    report.check('the cloud is not mentioned again', !/cloud/.test(second.turn.reply), second.turn.reply)
    since = speaker.watch.mark()
    house.show('the cloud starts again')
    const restarted = await house.cloud.restart(signal)
    report.check('the cloud starts on the same ports', restarted.ok, restarted.ok ? undefined : restarted.error.message)
    await linkBecomes('online', backLimitMs)
    const back = await converse({ house, speaker, utterance: askTime }, signal)
    expectHeard(report, back, 'what time is it')
    expectCompleted(report, back)
    await expectRecorded(report, { house, sessionId: back.turn.sessionId, outcome: 'completed' }, signal)
  },
}

import { converse, speakInto } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectGoodTurn, voiceSaying } from './expectations.ts'

const noticeLimitMs = 30_000
const backLimitMs = 40_000

export const noNetwork: Scenario = {
  name: 'no-network',
  summary: 'The cable is out: the speaker says so once, then by an earcon, and comes back by itself.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const utterance = await voiceSaying(house, 'hey jarvis, what time is it', signal)
    const linkBecomes = (link: 'online' | 'offline', since: number, timeoutMs: number) =>
      speaker.watch.expect(
        {
          what: `speaker that is ${link}`,
          pick: (event) => (event.type === 'link_changed' && event.link === link ? event.atMs : undefined),
          since,
          timeoutMs,
        },
        signal,
      )
    let since = speaker.watch.mark()
    house.show('the network cable is pulled')
    speaker.network.cut()
    await linkBecomes('offline', since, noticeLimitMs)
    for (const [time, sound] of [
      ['first', 'phrase'],
      ['second', 'earcon'],
    ] as const) {
      since = speaker.watch.mark()
      const said = speakInto(house, utterance)
      await speaker.watch.expect(
        {
          what: 'wake without a network',
          pick: (event) => (event.type === 'wake_ignored' && event.reason === 'no_network' ? event : undefined),
          since,
          timeoutMs: 6_000,
        },
        signal,
      )
      const heardMs = await speaker.watch.expect(
        {
          what: `${sound} at the ${time} wake without a network`,
          pick: (event) => (event.type === sound ? event.atMs : undefined),
          since,
          timeoutMs: 2_000,
        },
        signal,
      )
      await house.clock.sleep(said.endOfSpeechMs - house.clock.now() + 3_500, signal)
      report.check(
        `the ${time} wake is answered by ${sound === 'phrase' ? 'a spoken sentence' : 'a short tone'}`,
        speaker.spot.recording.firstSoundAfter(heardMs) !== undefined,
      )
    }
    const started = speaker.watch.events().some((event) => event.type === 'turn_started')
    report.check('nothing was recorded to be sent later', !started)
    since = speaker.watch.mark()
    house.show('the network cable is back')
    speaker.network.restore()
    await linkBecomes('online', since, backLimitMs)
    const conversation = await converse({ house, speaker, utterance }, signal)
    await expectGoodTurn(report, { house, speaker, conversation, words: 'what time is it' }, signal)
  },
}

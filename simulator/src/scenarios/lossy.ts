import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectCompleted, expectHeard, expectSpoken, voiceSaying } from './expectations.ts'

export const lossy: Scenario = {
  name: 'lossy',
  summary: 'A bad network loses 5, 10 and 20 % of the datagrams both ways.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const utterance = await voiceSaying(house, 'hey jarvis, what time is it', signal)
    for (const percent of [5, 10, 20]) {
      house.show(`${percent} % of the datagrams are lost`)
      const before = speaker.link.counters()
      const conditions = { loss: percent / 100, latencyMs: 5, jitterMs: 15 }
      speaker.link.setConditions({ up: conditions, down: conditions })
      const conversation = await converse({ house, speaker, utterance }, signal)
      const after = speaker.link.counters()
      const lost = after.up.lost - before.up.lost + after.down.lost - before.down.lost
      report.check(`at ${percent} %: datagrams were really lost`, lost > 0, lost)
      expectHeard(report, conversation, 'what time is it')
      expectCompleted(report, conversation)
      await expectSpoken(report, conversation, signal)
      const { audio } = conversation.turn
      // A frame is gone only if its datagram and the next are both lost; two frames in a row are what one hears as a gap.
      const limit = percent === 5 ? 1 : percent
      report.check(`at ${percent} %: at most ${limit} concealed frames`, (audio?.concealed ?? 0) <= limit, audio)
    }
  },
}

import { finishedTurn, nextTurn, speakInto } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectCompleted, expectHeard, expectRecorded, expectSpoken, voiceSaying } from './expectations.ts'

const farGain = 0.5

export const twoSpeakersWake: Scenario = {
  name: 'two-speakers-wake',
  summary: 'Two speakers of one home hear the same wake word: exactly one answers.',
  needs: {},
  run: async (house, report, signal) => {
    const near = await house.addSpeaker({ name: 'kitchen' }, signal)
    const far = await house.addSpeaker({ name: 'living-room' }, signal)
    const utterance = await voiceSaying(house, 'hey jarvis, what time is it', signal)
    const since = { near: near.watch.mark(), far: far.watch.mark() }
    const said = speakInto(house, utterance, { heardAt: { [far.spot.name]: farGain } })
    const [nearSession, farSession] = await Promise.all([
      nextTurn(near, since.near, signal),
      nextTurn(far, since.far, signal),
    ])
    const turns = await Promise.all([
      finishedTurn({ speaker: near, sessionId: nearSession, said }, signal),
      finishedTurn({ speaker: far, sessionId: farSession, said }, signal),
    ])
    const answered = turns.filter(({ turn }) => turn.reason === 'completed')
    const refused = turns.filter(({ turn }) => turn.reason === 'refused')
    report.check(
      'exactly one speaker answered',
      answered.length === 1 && refused.length === 1,
      turns.map(({ turn }) => turn.reason),
    )
    const loser = refused[0]?.turn.sessionId === nearSession ? near : far
    report.check(
      'the other was told that another one won',
      loser.watch
        .events()
        .some((event) => event.type === 'session_acknowledged' && event.reason === 'another_speaker_won'),
    )
    report.check(
      'the other said nothing',
      !loser.watch.events().some((event) => event.type === 'first_reply_sample' || event.type === 'phrase'),
    )
    const chimes = [near, far].map(
      (speaker) => speaker.watch.events().filter((event) => event.type === 'earcon' && event.earcon === 'wake').length,
    )
    report.check(
      'only the one that answered chimed',
      loser === near ? `${chimes}` === '0,1' : `${chimes}` === '1,0',
      chimes,
    )
    const winner = answered[0]
    if (!winner) return
    expectHeard(report, winner, 'what time is it')
    expectCompleted(report, winner)
    await expectSpoken(report, winner, signal)
    await expectRecorded(report, { house, sessionId: winner.turn.sessionId, outcome: 'completed' }, signal)
  },
}

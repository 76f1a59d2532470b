import { finishedTurn, nextTurn } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectRecorded } from './expectations.ts'

const question = '现在几点'

export const ttsFails: Scenario = {
  name: 'tts-fails',
  summary: 'The voice is gone: the speaker says so from its own memory, or at least by a tone.',
  needs: { voice: 'dead' },
  run: async (house, report, signal) => {
    // The Chinese voice is the one that can be taken away: it is a program that this cloud does not find.
    const speaker = await house.addSpeaker({ name: 'kitchen', language: 'zh' }, signal)
    const since = speaker.watch.mark()
    house.show(`someone types "${question}"`)
    speaker.sayText(question)
    const sessionId = await nextTurn(speaker, since, signal)
    const { turn } = await finishedTurn({ speaker, sessionId }, signal)
    report.check('the turn ended as failed', turn.reason === 'failed', turn.reason)
    report.check('the voice is named', turn.failure?.stage === 'tts', turn.failure)
    const spokenMs = await speaker.watch.expect(
      {
        what: 'sentence or tone that says it',
        pick: (event) =>
          event.type === 'phrase' || (event.type === 'earcon' && event.earcon === 'error') ? event.atMs : undefined,
        since,
        timeoutMs: 5_000,
      },
      signal,
    )
    await house.clock.sleep(1_000, signal)
    report.check('it was heard', speaker.spot.recording.firstSoundAfter(spokenMs) !== undefined)
    report.check('the speaker is idle again', speaker.phase() === 'idle', speaker.phase())
    await expectRecorded(report, { house, sessionId, outcome: 'failed' }, signal)
  },
}

import { converse } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import { expectHeard, expectRecorded, voiceSaying } from './expectations.ts'

export const ttsFails: Scenario = {
  name: 'tts-fails',
  summary: 'The voice is gone: the speaker says so from its own memory, or at least by a tone.',
  needs: { voice: 'dead' },
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const since = speaker.watch.mark()
    const utterance = await voiceSaying(house, 'hey jarvis, what time is it', signal)
    const conversation = await converse({ house, speaker, utterance }, signal)
    const { turn } = conversation
    expectHeard(report, conversation, 'what time is it')
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
    await expectRecorded(report, { house, sessionId: turn.sessionId, outcome: 'failed' }, signal)
  },
}

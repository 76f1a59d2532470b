import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { finishedTurn, nextTurn, speakInto } from '../conversation.ts'
import type { Scenario } from '../scenario.ts'
import type { SimulatedSpeaker } from '../speaker.ts'
import { expectHeard, expectRecorded, voiceSaying } from './expectations.ts'

const listeningMs = 1_200
const silenceLimitMs = 150

const windowMs = 10
const silenceDbfs = -60

/**
 * When the loudspeaker fell silent after the wake, by its recording. The wake tone comes right behind the cut, so the end of the reply
 * is the first 10 ms without sound.
 */
const silentFrom = (speaker: SimulatedSpeaker, wakeMs: number): number | undefined => {
  for (let atMs = wakeMs; atMs < wakeMs + 1_000; atMs += windowMs / 2) {
    const sound = speaker.spot.recording.between(atMs, atMs + windowMs)
    if (levelDbfs(sound) < silenceDbfs) return atMs
  }
  return undefined
}

export const bargeIn: Scenario = {
  name: 'barge-in',
  summary: 'Someone says the wake word while the speaker talks, and it falls silent.',
  needs: {},
  run: async (house, report, signal) => {
    const speaker = await house.addSpeaker({ name: 'kitchen' }, signal)
    const interruption = await voiceSaying(house, 'hey jarvis, stop', signal)
    const since = speaker.watch.mark()
    speakInto(house, await voiceSaying(house, 'hey jarvis, what can you do', signal))
    const first = await nextTurn(speaker, since, signal)
    await speaker.watch.expect(
      {
        what: 'reply to interrupt',
        pick: (event) => (event.type === 'first_reply_sample' && event.sessionId === first ? event : undefined),
        since,
        timeoutMs: 15_000,
      },
      signal,
    )
    await house.clock.sleep(listeningMs, signal)
    const beforeInterruption = speaker.watch.mark()
    const said = speakInto(house, interruption)
    const second = await nextTurn(speaker, beforeInterruption, signal)
    const wakeMs = await speaker.watch.expect(
      {
        what: 'wake word over the reply',
        pick: (event) => (event.type === 'wake_detected' && event.sessionId === second ? event.atMs : undefined),
        since: beforeInterruption,
        timeoutMs: 1_000,
      },
      signal,
    )
    const interrupted = await finishedTurn({ speaker, sessionId: first }, signal)
    const playback = speaker.watch
      .events()
      .findLast((event) => event.type === 'playback' && event.sessionId === first && event.state === 'interrupted')
    report.check(
      'the first turn ended by the barge-in',
      interrupted.turn.reason === 'barge_in',
      interrupted.turn.reason,
    )
    report.check('the reply was cut off in the middle', playback !== undefined)
    const silentMs = silentFrom(speaker, wakeMs)
    report.check(
      `the reply fell silent within ${silenceLimitMs} ms of the wake word`,
      silentMs !== undefined && silentMs - wakeMs <= silenceLimitMs,
      silentMs === undefined ? 'it went on' : `${Math.round(silentMs - wakeMs)} ms`,
    )
    if (silentMs !== undefined) report.measure('wake word to silence', silentMs - wakeMs)
    const answer = await finishedTurn({ speaker, sessionId: second, said }, signal)
    report.check('the new turn is a barge-in', answer.turn.trigger === 'barge_in', answer.turn.trigger)
    expectHeard(report, answer, 'stop')
    await expectRecorded(report, { house, sessionId: first, outcome: 'barge_in' }, signal)
    const turns = await house.cloud.turns(signal)
    const recorded = turns.ok ? turns.value.find((turn) => turn.sessionId === first) : undefined
    report.check(
      'history holds only what was heard',
      recorded !== undefined && recorded.heardReply.length < recorded.reply.length,
      recorded && `${recorded.heardReply.length} of ${recorded.reply.length} characters`,
    )
  },
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tone } from '../scripted-engines.ts'
import { createSessionsBench } from './sessions-fixture.ts'

const runs = Number(process.env.MYNAH_FUZZ_RUNS ?? 60)

const deviceIds = ['kitchen', 'bedroom'] as const
const playbackStates = ['started', 'finished', 'interrupted', 'failed'] as const
const triggers = ['wake_word', 'button', 'follow_up', 'barge_in', 'text'] as const
const reasons = ['completed', 'barge_in', 'no_speech', 'cancelled', 'failed'] as const

/** `session` is an index into a handful of session ids that both speakers use: their own, and each other's. */
const move = fc.oneof(
  fc.record({
    type: fc.constant('wake' as const),
    device: fc.constantFrom(...deviceIds),
    session: fc.nat(3),
    trigger: fc.constantFrom(...triggers),
  }),
  fc.record({
    type: fc.constant('playback' as const),
    device: fc.constantFrom(...deviceIds),
    session: fc.nat(3),
    state: fc.constantFrom(...playbackStates),
    playedMs: fc.nat(3_000),
  }),
  fc.record({
    type: fc.constant('session_end' as const),
    device: fc.constantFrom(...deviceIds),
    session: fc.nat(3),
    reason: fc.constantFrom(...reasons),
  }),
  fc.record({ type: fc.constant('sound' as const), session: fc.nat(3), frames: fc.nat(20), ends: fc.boolean() }),
  fc.record({ type: fc.constant('wait' as const), forMs: fc.nat(3_000) }),
)

test('whatever two speakers send, every opened turn is closed once and nobody gets what is of the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
      const bench = createSessionsBench()
      // The audio of a session id comes from the kitchen's end whoever woke with it: an intruder has no other key.
      const ends = [0, 1, 2, 3].map((index) => bench.speaker(1_000 + index, 'kitchen'))
      const idOf = (session: number) => ends[session]?.sessionId ?? ''
      for (const each of moves) {
        if (each.type === 'wait') await bench.audio.clock.advance(each.forMs)
        if (each.type === 'wake') {
          const text = each.trigger === 'text' ? { text: 'what time is it' } : {}
          bench.wake(each.device, idOf(each.session), { trigger: each.trigger, ...text })
        }
        if (each.type === 'playback') {
          const { state, playedMs } = each
          const id = idOf(each.session)
          bench.send(each.device, 'playback', { v: 1, play_id: id, session_id: id, state, played_ms: playedMs })
        }
        if (each.type === 'session_end') {
          const audio = { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 }
          const ended = { v: 1, session_id: idOf(each.session), reason: each.reason, timings: {}, audio } as const
          bench.send(each.device, 'session_end', ended)
        }
        if (each.type === 'sound') {
          const end = ends[each.session]
          for (const datagram of end?.sealAudio(tone(500, each.frames * 20, 16_000)) ?? []) end?.send(datagram)
          if (each.ends) end?.send(end.sealEnd())
        }
      }
      await bench.audio.clock.advance(1)
      await bench.stop()
      await bench.audio.clock.advance(60_000)
      expect(bench.closed.map(({ sessionId }) => sessionId).sort()).toEqual(
        bench.opened.map(({ sessionId }) => sessionId).sort(),
      )
      const ownerOf = new Map(bench.opened.map(({ sessionId, deviceId }) => [sessionId, deviceId]))
      for (const { deviceId, kind, message } of bench.published) {
        if (kind === 'wake/ack' && !message.accepted) continue
        if ('session_id' in message && message.session_id !== undefined) {
          expect(ownerOf.get(message.session_id)).toBe(deviceId)
        }
      }
      expect(bench.sessions.counters()).toMatchObject({ live: 0, unrecorded: 0 })
      expect(bench.audio.clock.pendingTimers()).toBe(0)
    }),
    { numRuns: runs },
  )
})

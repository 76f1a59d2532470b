import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AudioCommand } from '../../../src/bridge/audio-plane.ts'
import { tone } from '../scripted-engines.ts'
import { createPlaneBench, createTestSpeaker, udp } from './plane-fixture.ts'

const runs = Number(process.env.MYNAH_FUZZ_RUNS ?? 60)

type Move =
  | { readonly type: 'command'; readonly which: number; readonly command: AudioCommand['type']; readonly text: string }
  | { readonly type: 'open'; readonly which: number }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array; readonly port: number }
  | { readonly type: 'datagram'; readonly which: number; readonly index: number; readonly flip: number }
  | { readonly type: 'wait'; readonly forMs: number }

const commandTypes = ['stop_listening', 'speak', 'finish_speaking', 'stop_speaking', 'close_stream'] as const
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    type: fc.constant('command' as const),
    which: fc.nat(3),
    command: fc.constantFrom(...commandTypes),
    text: fc.string({ maxLength: 5 }),
  }),
  fc.record({ type: fc.constant('open' as const), which: fc.nat(3) }),
  fc.record({ type: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 1_400 }), port: fc.nat(5) }),
  fc.record({
    type: fc.constant('datagram' as const),
    which: fc.nat(2),
    index: fc.nat(20),
    flip: fc.oneof(fc.constant(-1), fc.nat(80)),
  }),
  fc.record({ type: fc.constant('wait' as const), forMs: fc.nat(400) }),
)

test('no order of commands and datagrams, sound or broken, crashes a worker or leaves anything behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 60 }), async (moves) => {
      const bench = createPlaneBench()
      const speakers = [0, 1, 2].map((index) => {
        const secret = new Uint8Array(32).fill(index + 1)
        const speaker = createTestSpeaker({ clock: bench.clock, deviceId: `speaker-${index}`, secret })
        return {
          ...speaker,
          sealed: [...speaker.sealAudio(tone(500, 380, 16_000)), speaker.sealEnd(), speaker.sealProbe()],
        }
      })
      const sessionIdOf = (which: number) => speakers[which]?.sessionId ?? 'nobody'
      for (const each of moves) {
        if (each.type === 'wait') await bench.clock.advance(each.forMs)
        if (each.type === 'bytes') bench.inject(each.bytes, udp(each.port + 1))
        if (each.type === 'open') {
          const stream = speakers[each.which]?.stream
          if (stream) bench.worker.open(stream)
        }
        if (each.type === 'datagram') {
          const bytes = (speakers[each.which]?.sealed[each.index] ?? new Uint8Array(40)).slice()
          if (each.flip >= 0 && each.flip < bytes.length) bytes[each.flip] = (bytes[each.flip] ?? 0) ^ 0x55
          bench.inject(bytes, udp(each.which + 1))
        }
        if (each.type === 'command') {
          const sessionId = sessionIdOf(each.which)
          const said = { sentenceId: 0, text: each.text, language: 'en' } as const
          bench.worker.command(
            each.command === 'speak' ? { type: 'speak', sessionId, ...said } : { type: each.command, sessionId },
          )
        }
      }
      bench.worker.close()
      await bench.clock.advance(20_000)
      expect(bench.clock.pendingTimers()).toBe(0)
      expect(bench.worker.counters()).toMatchObject({ streams_open: 0, paced: 0 })
      for (const { sessionId } of speakers) {
        const own = bench.events.filter((event) => event.sessionId === sessionId)
        expect(own.filter(({ type }) => type === 'closed').length).toBeLessThanOrEqual(1)
        expect(own.filter(({ type }) => type === 'final').length).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: runs },
  )
})

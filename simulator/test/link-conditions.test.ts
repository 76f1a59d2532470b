import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { type Conditions, createLinkConditions } from '../src/link-conditions.ts'

const openLink = (conditions: { up?: Conditions; down?: Conditions }, seed = 1) => {
  const clock = createManualClock()
  const arrived: number[] = []
  const heard: number[] = []
  let deliver: (bytes: Uint8Array) => void = () => {}
  const wire: DatagramTransport = {
    send: (bytes) => arrived.push(bytes[0] ?? -1),
    onDatagram: (listener) => {
      deliver = listener
    },
    close: () => Promise.resolve(),
  }
  const link = createLinkConditions({ clock, seed, ...conditions })
  const transport = link.wrap(wire)
  transport.onDatagram((bytes) => heard.push(bytes[0] ?? -1))
  return { clock, link, transport, arrived, heard, deliver: (bytes: Uint8Array) => deliver(bytes) }
}

test('a perfect link passes everything at once, both ways', () => {
  const { transport, arrived, heard, deliver } = openLink({})
  transport.send(Uint8Array.of(1))
  deliver(Uint8Array.of(2))
  expect([arrived, heard]).toEqual([[1], [2]])
})

test('loss takes its share, the same datagrams for the same seed', () => {
  const run = (seed: number) => {
    const { transport, arrived, link } = openLink({ up: { loss: 0.1 } }, seed)
    for (let index = 0; index < 2_000; index++) transport.send(Uint8Array.of(index % 256))
    return { arrived, counters: link.counters().up }
  }
  const first = run(7)
  expect(first.counters.sent).toBe(2_000)
  expect(first.counters.lost).toBeGreaterThan(150)
  expect(first.counters.lost).toBeLessThan(250)
  expect(run(7).arrived).toEqual(first.arrived)
  expect(run(8).arrived).not.toEqual(first.arrived)
})

test('a datagram on its way keeps its bytes and its delay', async () => {
  const { clock, transport, arrived } = openLink({ up: { latencyMs: 30 } })
  const bytes = Uint8Array.of(5)
  transport.send(bytes)
  bytes[0] = 9
  await clock.advance(29)
  expect(arrived).toEqual([])
  await clock.advance(1)
  expect(arrived).toEqual([5])
})

test('reordering lets later datagrams overtake', async () => {
  const { clock, transport, arrived } = openLink({ up: { reorder: 0.3 } })
  for (let index = 0; index < 50; index++) {
    transport.send(Uint8Array.of(index))
    await clock.advance(20)
  }
  await clock.advance(100)
  expect(arrived).toHaveLength(50)
  expect(arrived).not.toEqual(arrived.toSorted((a, b) => a - b))
})

test('nothing passes a cut link, and all passes when it is restored', () => {
  const { link, transport, arrived, heard, deliver } = openLink({})
  link.cut()
  transport.send(Uint8Array.of(1))
  deliver(Uint8Array.of(2))
  expect([arrived, heard]).toEqual([[], []])
  link.restore()
  transport.send(Uint8Array.of(3))
  expect(arrived).toEqual([3])
})

test('nothing leaves after close', async () => {
  const { clock, transport, arrived } = openLink({ up: { latencyMs: 10 } })
  transport.send(Uint8Array.of(1))
  await transport.close()
  await clock.advance(50)
  expect(arrived).toEqual([])
})

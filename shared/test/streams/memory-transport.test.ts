import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryLink, type LinkConditions } from '../../src/streams/memory-transport.ts'
import { createManualClock } from '../../src/time/manual-clock.ts'

/** Sends 0, 1, 2 ... one each 20 ms from a to b and tells what arrived and when. */
const journey = async (conditions: LinkConditions, seed: number, count: number, echoes = false) => {
  const clock = createManualClock()
  const link = createMemoryLink({ clock, seed, ...conditions })
  const arrivals: { readonly number: number | undefined; readonly atMs: number }[] = []
  link.b.onDatagram((bytes) => {
    arrivals.push({ number: bytes[0], atMs: clock.now() })
    if (echoes) link.b.send(bytes)
  })
  for (let number = 0; number < count; number++) {
    link.a.send(Uint8Array.of(number))
    await clock.advance(20)
  }
  await clock.advance(1_000)
  return { arrivals, counters: link.counters() }
}

describe('a memory link', () => {
  it('delivers after its latency, in order', async () => {
    const { arrivals } = await journey({ latencyMs: 30 }, 1, 3)
    expect(arrivals).toEqual([
      { number: 0, atMs: 30 },
      { number: 1, atMs: 50 },
      { number: 2, atMs: 70 },
    ])
  })

  it('gives the same fate to the same seed, whatever goes the other way', async () => {
    const conditions = fc.record({
      latencyMs: fc.nat({ max: 100 }),
      jitterMs: fc.nat({ max: 100 }),
      loss: fc.double({ min: 0, max: 1, noNaN: true }),
      reorder: fc.double({ min: 0, max: 1, noNaN: true }),
      duplicate: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(conditions, fc.nat(), async (condition, seed) => {
        const first = await journey(condition, seed, 10)
        const second = await journey(condition, seed, 10, true)
        expect(second.arrivals).toEqual(first.arrivals)
      }),
      { numRuns: 20 },
    )
  })

  it('keeps the order under jitter alone', async () => {
    const { arrivals } = await journey({ latencyMs: 10, jitterMs: 200 }, 3, 50)
    expect(arrivals.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  it('lets later datagrams overtake one that is held back', async () => {
    const { arrivals, counters } = await journey({ reorder: 0.3 }, 4, 50)
    expect(counters).toMatchObject({ sent: 50, delivered: 50 })
    expect(counters.reordered).toBeGreaterThan(5)
    const numbers = arrivals.map(({ number }) => number ?? -1)
    expect(numbers).not.toEqual(numbers.toSorted((a, b) => a - b))
  })

  it('loses and repeats about as many as asked', async () => {
    const { counters } = await journey({ loss: 0.2, duplicate: 0.1 }, 5, 250)
    expect(counters.lost).toBeGreaterThan(30)
    expect(counters.lost).toBeLessThan(70)
    expect(counters.delivered).toBe(counters.sent - counters.lost + counters.duplicated)
  })

  it('can be cut in the middle, delivers copies, and is silent after close', async () => {
    const clock = createManualClock()
    const link = createMemoryLink({ clock, seed: 6 })
    const heard: number[] = []
    link.b.onDatagram((bytes) => heard.push(bytes[0] ?? -1))
    const bytes = Uint8Array.of(1)
    link.a.send(bytes)
    bytes[0] = 9
    await clock.advance(1)
    link.change({ loss: 1 })
    link.a.send(bytes)
    await clock.advance(1)
    link.change({ loss: 0 })
    link.a.send(bytes)
    await link.b.close()
    await clock.advance(1)
    expect(heard).toEqual([1])
    expect(clock.pendingTimers()).toBe(0)
  })

  it('bounds what is under way', () => {
    const link = createMemoryLink({ clock: createManualClock(), seed: 7 })
    for (let i = 0; i < 3_000; i++) link.a.send(Uint8Array.of(1))
    expect(link.counters()).toMatchObject({ sent: 3_000, overflowed: 3_000 - 2_048 })
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/streams/random.ts'
import { backoffDelayMs } from '../../src/time/backoff.ts'
import { holds } from '../holds.ts'

describe('back-off', () => {
  it('never waits longer than its most, for any attempt', () => {
    holds(
      fc.property(
        fc.nat(),
        fc.nat({ max: 10_000 }),
        fc.nat({ max: 100_000 }),
        fc.nat(),
        (attempt, baseMs, maxMs, seed) => {
          const delayMs = backoffDelayMs({ attempt, baseMs, maxMs, random: seededRandom(seed) })
          expect(delayMs).toBeGreaterThanOrEqual(0)
          expect(delayMs).toBeLessThanOrEqual(maxMs)
        },
      ),
    )
  })

  it('doubles its ceiling with each attempt', () => {
    const ceilings = [0, 1, 2, 3, 9].map((attempt) =>
      backoffDelayMs({ attempt, baseMs: 100, maxMs: 5_000, random: () => 1 }),
    )
    expect(ceilings).toEqual([100, 200, 400, 800, 5_000])
  })

  it('spreads a crowd evenly over the whole wait', () => {
    const random = seededRandom(1)
    const delays = Array.from({ length: 1_000 }, () =>
      backoffDelayMs({ attempt: 5, baseMs: 100, maxMs: 1_000, random }),
    )
    const perTenth = Array.from({ length: 10 }, (_, i) => delays.filter((ms) => Math.floor(ms / 100) === i).length)
    for (const count of perTenth) expect(Math.abs(count - 100)).toBeLessThan(40)
  })
})

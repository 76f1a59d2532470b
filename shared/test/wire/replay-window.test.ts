import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createReplayWindow } from '../../src/wire/replay-window.ts'
import { holds } from '../holds.ts'

/** The definition, without any bit: everything ever seen, and the highest of it. */
const createModel = () => {
  const seen = new Set<number>()
  let highest = -1
  return {
    isFresh: (sequence: number) => sequence > highest || (highest - sequence < 64 && !seen.has(sequence)),
    accept: (sequence: number) => {
      seen.add(sequence)
      highest = Math.max(highest, sequence)
    },
  }
}

const steps = fc.array(fc.oneof(fc.integer({ min: -70, max: 3 }), fc.integer({ min: -5, max: 140 })), {
  maxLength: 300,
})

describe('a replay window', () => {
  it('agrees with its definition for any walk of sequence numbers', () => {
    holds(
      fc.property(steps, fc.constantFrom(0, 1_000, 2 ** 31 - 50, 2 ** 32 - 20_000), (walk, start) => {
        const window = createReplayWindow()
        const model = createModel()
        let at = start
        for (const step of walk) {
          const sequence = Math.min(2 ** 32 - 1, Math.max(0, at + step))
          expect(window.isFresh(sequence)).toBe(model.isFresh(sequence))
          if (!model.isFresh(sequence)) continue
          window.accept(sequence)
          model.accept(sequence)
          at = Math.max(at, sequence)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes the one 63 below the newest and not the one 64 below', () => {
    const window = createReplayWindow()
    window.accept(100)
    expect([37, 36].map(window.isFresh)).toEqual([true, false])
  })

  it('does not change by being asked', () => {
    const window = createReplayWindow()
    window.accept(5)
    window.isFresh(4_000_000_000)
    expect(window.isFresh(4)).toBe(true)
  })
})

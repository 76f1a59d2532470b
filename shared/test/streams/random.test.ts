import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/streams/random.ts'
import { holds } from '../holds.ts'

const draw = (seed: number, count: number) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, random)
}

describe('seeded random numbers', () => {
  it('repeat with their seed, lie in [0, 1), and differ from seed to seed', () => {
    holds(
      fc.property(fc.nat(), (seed) => {
        const numbers = draw(seed, 50)
        expect(draw(seed, 50)).toEqual(numbers)
        expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
        expect(draw(seed + 1, 50)).not.toEqual(numbers)
      }),
    )
  })

  it('are uniform and uncorrelated enough for loss and jitter', () => {
    const numbers = draw(42, 100_000)
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
    expect(mean).toBeCloseTo(0.5, 2)
    const bothLow = numbers.filter((number, i) => number < 0.05 && (numbers[i + 1] ?? 1) < 0.05).length
    expect(bothLow / numbers.length).toBeCloseTo(0.0025, 3)
  })
})

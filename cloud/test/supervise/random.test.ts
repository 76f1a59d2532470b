import { expect, test } from 'vitest'
import { random } from '../../src/supervise/random.ts'

test('the random numbers of the cloud are in [0, 1), over all of it, and not the same twice', () => {
  const drawn = Array.from({ length: 2_000 }, random)
  expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true)
  for (const tenth of Array.from({ length: 10 }, (_, index) => index / 10)) {
    expect(drawn.some((value) => value >= tenth && value < tenth + 0.1)).toBe(true)
  }
  expect(new Set(drawn).size).toBeGreaterThan(1_990)
})

import { expect, test } from 'vitest'
import { elapsedMs } from '../../src/time/elapsed.ts'

test('the time between two moments is told to a hundredth of a millisecond', () => {
  expect(elapsedMs(1_000.004, 1_250.132)).toBe(250.13)
  expect(elapsedMs(10, 4)).toBe(-6)
  expect(elapsedMs(0, 0)).toBe(0)
})

test('there is none when one of them did not happen', () => {
  expect(elapsedMs(undefined, 5)).toBeUndefined()
  expect(elapsedMs(5, undefined)).toBeUndefined()
})

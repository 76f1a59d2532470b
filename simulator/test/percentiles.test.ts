import { expect, test } from 'vitest'
import { median, percentilesOf } from '../src/percentiles.ts'

test('percentiles are by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1).toReversed()
  expect(percentilesOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 })
  expect(percentilesOf([7.25])).toEqual({ p50: 7.3, p95: 7.3, p99: 7.3 })
  expect(percentilesOf([])).toBeUndefined()
})

test('the median is a value that was there, whatever the order', () => {
  expect(median([9, 1, 10])).toBe(9)
  expect(median([4, 1, 3, 2])).toBe(3)
  expect(median([])).toBe(0)
})

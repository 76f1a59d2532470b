import { expect, test } from 'vitest'
import { percentilesOf } from '../src/percentiles.ts'

test('percentiles are by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1).toReversed()
  expect(percentilesOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 })
  expect(percentilesOf([7.25])).toEqual({ p50: 7.3, p95: 7.3, p99: 7.3 })
  expect(percentilesOf([])).toBeUndefined()
})

import { expect, test } from 'vitest'
import { createArrivals } from '../../src/load/arrivals.ts'

test('requests come ever faster, and then at the rate that was asked for', () => {
  const { dueBy } = createArrivals({ perSecond: 1_000, rampMs: 2_000 })
  expect([0, 500, 1_000, 2_000, 3_000, 4_000].map(dueBy)).toEqual([0, 62, 250, 1_000, 2_000, 3_000])
})

test.each([0, 2_000])('each is due when it is counted, after a ramp of %i ms', (rampMs) => {
  const { dueBy, dueMs } = createArrivals({ perSecond: 300, rampMs })
  for (let index = 0; index < 2_000; index++) {
    expect(dueBy(dueMs(index) + 0.001)).toBe(index + 1)
    expect(dueBy(dueMs(index) - 0.001)).toBe(index)
  }
})

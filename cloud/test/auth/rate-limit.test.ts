import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createRateLimit } from '../../src/auth/rate-limit.ts'

test('a burst passes, then one per interval, each key by itself', async () => {
  const clock = createManualClock()
  const limit = createRateLimit({ clock, burst: 3, perSecond: 1, maxKeys: 10 })
  expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([true, true, true, false])
  expect(limit.isExhausted('a')).toBe(true)
  expect(limit.take('b')).toBe(true)
  await clock.advance(1_000)
  expect([limit.take('a'), limit.take('a')]).toEqual([true, false])
  await clock.advance(60_000)
  expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([true, true, true, false])
})

test('memory stays bounded however many keys come by', () => {
  const limit = createRateLimit({ clock: createManualClock(), burst: 1, perSecond: 0, maxKeys: 2 })
  limit.take('first')
  limit.take('second')
  expect(limit.isExhausted('first')).toBe(true)
  limit.take('third')
  expect(limit.isExhausted('first')).toBe(false)
  expect(limit.isExhausted('third')).toBe(true)
})

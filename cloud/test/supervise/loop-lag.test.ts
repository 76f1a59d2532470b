import type { Clock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createLoopLag } from '../../src/supervise/loop-lag.ts'

test('who watches a bound hears of each change once, each bound for itself', async () => {
  const manual = createManualClock()
  let lateMs = 0
  const clock: Clock = { ...manual, sleep: (delayMs, signal) => manual.sleep(delayMs + lateMs, signal) }
  const lag = createLoopLag({ clock })
  const told: string[] = []
  const isHurried = lag.beyond({ beginMs: 15, endMs: 5 }, (is) => told.push(`hurried ${is}`))
  const isOverloaded = lag.beyond({ beginMs: 150, endMs: 50 }, (is) => told.push(`overloaded ${is}`))
  const stop = new AbortController()
  const running = lag.run(stop.signal)
  lateMs = 40
  await manual.advance(5_000)
  expect([isHurried(), isOverloaded()]).toEqual([true, false])
  lateMs = 400
  await manual.advance(20_000)
  expect([isHurried(), isOverloaded(), Math.round(lag.lagMs())]).toEqual([true, true, 400])
  lateMs = 0
  await manual.advance(10_000)
  expect([isHurried(), isOverloaded()]).toEqual([false, false])
  expect(told).toEqual(['hurried true', 'overloaded true', 'overloaded false', 'hurried false'])
  stop.abort()
  await running
})

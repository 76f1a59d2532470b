import type { Clock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createOverload } from '../../src/supervise/overload.ts'

/** A process whose event loop is `lateMs` late with every timer. */
const createBusyLoop = () => {
  const manual = createManualClock()
  let lateMs = 0
  const clock: Clock = { ...manual, sleep: (delayMs, signal) => manual.sleep(delayMs + lateMs, signal) }
  const overload = createOverload({ clock })
  const stop = new AbortController()
  const running = overload.run(stop.signal)
  return {
    overload,
    beLate: async (ms: number, forMs: number) => {
      lateMs = ms
      await manual.advance(forMs)
    },
    stop: async () => {
      stop.abort()
      await running
    },
  }
}

test('one hiccup is no overload, two seconds of being a second late are', async () => {
  const { overload, beLate, stop } = createBusyLoop()
  await beLate(0, 1_000)
  await beLate(1_000, 1_100)
  await beLate(0, 1_000)
  expect(overload.isOverloaded()).toBe(false)
  await beLate(1_000, 10_000)
  expect(overload.isOverloaded()).toBe(true)
  await stop()
})

test('it lasts until the process is clearly in time again', async () => {
  const { overload, beLate, stop } = createBusyLoop()
  await beLate(1_500, 20_000)
  await beLate(300, 20_000)
  expect(overload.isOverloaded()).toBe(true)
  await beLate(0, 3_000)
  expect(overload.isOverloaded()).toBe(false)
  await stop()
})

test('a heap that is nearly full is an overload until there is room again', async () => {
  const clock = createManualClock()
  let share = 0.5
  const overload = createOverload({ clock, heapShare: () => share })
  const stop = new AbortController()
  const running = overload.run(stop.signal)
  const after = async (next: number) => {
    share = next
    await clock.advance(1_000)
    return overload.isOverloaded()
  }
  expect([await after(0.8), await after(0.9), await after(0.8), await after(0.7)]).toEqual([false, true, true, false])
  stop.abort()
  await clock.advance(0)
  await running
})

import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createGathering } from '../../src/live/gathering.ts'

const createBench = () => {
  const clock = createManualClock()
  const passed: (readonly number[])[] = []
  const gathering = createGathering<number>({ clock, gatherMs: 20, passOn: (items) => passed.push(items) })
  return { clock, passed, ...gathering }
}

test('what comes alone is passed on at once', async () => {
  const { clock, passed, add } = createBench()
  add(1)
  expect(passed).toEqual([[1]])
  await clock.advance(20)
  add(2)
  expect(passed).toEqual([[1], [2]])
})

test('what comes closely after it goes together, in order, after 20 ms at most', async () => {
  const { clock, passed, add } = createBench()
  for (let item = 0; item < 50; item++) {
    add(item)
    await clock.advance(1)
  }
  await clock.advance(20)
  expect(passed.flat()).toEqual(Array.from({ length: 50 }, (_, item) => item))
  expect(passed.map(({ length }) => length)).toEqual([1, 19, 20, 10])
})

test('what must come before something else does not wait for more', async () => {
  const { clock, passed, add, pass } = createBench()
  add(1)
  add(2)
  pass()
  expect(passed).toEqual([[1], [2]])
  pass()
  await clock.advance(100)
  expect(passed).toEqual([[1], [2]])
  expect(clock.pendingTimers()).toBe(0)
})

test('what nobody is there to have is gone, and the next begins anew', () => {
  const { clock, passed, add, drop } = createBench()
  add(1)
  add(2)
  drop()
  expect(clock.pendingTimers()).toBe(0)
  add(3)
  expect(passed).toEqual([[1], [3]])
})

import { expect, test } from 'vitest'
import { beginPace, type EntryPace, enter, mayEnter } from '../../src/supervise/entry-pace.ts'

const turnMs = 2_500

/** Somebody asks every millisecond; nobody leaves. When each came in. */
const comeIn = (limit: number, underWayAtFirst: number, forMs: number) => {
  const entriesMs: number[] = []
  let pace: EntryPace = beginPace()
  for (let nowMs = 0; nowMs < forMs; nowMs++) {
    const served = { underWay: underWayAtFirst + entriesMs.length, limit, turnMs }
    if (!mayEnter(pace, served, nowMs)) continue
    pace = enter(pace, served, nowMs)
    entriesMs.push(nowMs)
  }
  return entriesMs
}

test('until half of the places are taken nobody waits for the others', () => {
  const entriesMs = comeIn(24, 0, 12)
  expect(entriesMs.length).toBe(12)
})

test('after that they come in one by one, a little faster than places become free', () => {
  const entriesMs = comeIn(100, 50, turnMs / 5)
  const perTurn = 5 * entriesMs.length
  expect(perTurn).toBeGreaterThan(100)
  expect(perTurn).toBeLessThan(140)
  expect(entriesMs[9] ?? 0).toBeGreaterThan(100)
})

test('nobody comes in beyond the limit, however long nobody came', () => {
  expect(comeIn(24.9, 12, 10_000).length).toBe(12)
  expect(mayEnter(beginPace(), { underWay: 24, limit: 24.9, turnMs }, 1e9)).toBe(false)
})

test('who was not there for a while may not come in crowds', () => {
  let pace = beginPace()
  const at = (underWay: number) => ({ underWay, limit: 100, turnMs })
  let entered = 0
  while (mayEnter(pace, at(60 + entered), 60_000)) {
    pace = enter(pace, at(60 + entered), 60_000)
    entered++
  }
  expect(entered).toBe(2)
})

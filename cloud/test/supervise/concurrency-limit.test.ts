import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginLimit, type ConcurrencyBounds, stepLimit } from '../../src/supervise/concurrency-limit.ts'

const bounds: ConcurrencyBounds = {
  least: 8,
  first: 24,
  most: 1_000,
  presumedMs: 100,
  spareMs: 75,
  turnMs: 2_500,
}
const lookEveryMs = 500

type Look = {
  readonly mostAtOnce: number
  readonly isWanted?: boolean
  readonly delayMs?: number
  readonly isStarved?: boolean
}

/** A limit that is looked at every half second; each look feels ten delays around `delayMs`. */
const createBench = () => {
  let state = beginLimit(bounds)
  let nowMs = 0
  return {
    state: () => state,
    look: ({ mostAtOnce, isWanted = false, delayMs, isStarved = false }: Look) => {
      nowMs += lookEveryMs
      const felt =
        delayMs === undefined ? [] : Array.from({ length: 10 }, (_, n) => ({ atMs: nowMs, delayMs: delayMs + n }))
      state = stepLimit(state, { mostAtOnce, isWanted, felt, isStarved }, { nowMs, bounds })
      return state.limit
    },
  }
}

/** A machine that serves `capacity` at once; those beyond wait, and everybody waits for them. Offered without end. */
const serve = (bench: ReturnType<typeof createBench>, capacity: number, looks: number) => {
  const limits: number[] = []
  for (let times = 0; times < looks; times++) {
    const atOnce = Math.floor(bench.state().limit)
    limits.push(
      bench.look({ mostAtOnce: atOnce, delayMs: 20 + (Math.max(0, atOnce - capacity) / capacity) * bounds.turnMs }),
    )
  }
  return limits
}

test('a limit that nobody reaches stays, one that is reached without delay grows to the most in seconds', () => {
  const bench = createBench()
  for (let times = 0; times < 100; times++) bench.look({ mostAtOnce: 5, delayMs: 20 })
  expect(bench.state().limit).toBe(24)
  const limits = serve(bench, 5_000, 30)
  expect(limits.at(-1)).toBe(1_000)
})

test('it settles where the delay begins, whatever that is', () => {
  for (const capacity of [10, 40, 300]) {
    const settled = serve(createBench(), capacity, 240).slice(120)
    expect(Math.min(...settled)).toBeGreaterThan(0.65 * capacity)
    expect(Math.max(...settled)).toBeLessThan(1.25 * capacity + 8)
  }
})

test('a delay of half of those served cuts it once, and again only when that can be felt', () => {
  const bench = createBench()
  for (let times = 0; times < 6; times++) bench.look({ mostAtOnce: Math.floor(bench.state().limit), delayMs: 20 })
  const { limit } = bench.state()
  const cut = [1, 2, 3, 4, 5].map(() => bench.look({ mostAtOnce: limit, delayMs: 1_000 }))
  // The half second in which most still felt no delay does not count.
  const [first = 0] = cut.filter((each) => each < limit)
  expect(first).toBeGreaterThanOrEqual(limit * 0.45)
  expect(new Set(cut.filter((each) => each < limit)).size).toBe(1)
  const limits = Array.from({ length: 40 }, () =>
    bench.look({ mostAtOnce: Math.floor(bench.state().limit), delayMs: 1_000 }),
  )
  expect(Math.min(...limits)).toBe(8)
})

test('it is cut by those who wait and as many again: twice the part of a turn that is delay', () => {
  const cutBy = (delayMs: number) => {
    const bench = createBench()
    for (let times = 0; times < 10; times++) bench.look({ mostAtOnce: 100, delayMs: 20 })
    const before = Math.min(100, bench.state().limit)
    bench.look({ mostAtOnce: 100, delayMs })
    return bench.look({ mostAtOnce: 100, delayMs }) / before
  }
  // A tenth of 2.5 s more than without others: a tenth of them waits, nearly.
  expect(cutBy(20 + 250)).toBeCloseTo(1 - 2 / 11, 1)
  expect(cutBy(20 + 10_000)).toBeCloseTo(0.5, 1)
  expect(cutBy(20 + 50)).toBeGreaterThanOrEqual(1)
})

test('while it can not be felt yet, a cut becomes deeper with the delay, and is no second one', () => {
  const bench = createBench()
  for (let times = 0; times < 8; times++) bench.look({ mostAtOnce: 60, delayMs: 20 })
  const limits = [150, 150, 250, 400, 600, 600, 600].map((delayMs) => bench.look({ mostAtOnce: 60, delayMs }))
  expect(limits.every((limit, index) => index === 0 || limit <= (limits[index - 1] ?? 0))).toBe(true)
  expect(limits.at(-1)).toBeGreaterThan(0.5 * 60)
  expect(limits.at(-1)).toBeLessThan(0.75 * 60)
})

test('who is not let in shows that the limit is used, however few are there at once', () => {
  const bench = createBench()
  expect(bench.look({ mostAtOnce: 12, delayMs: 20 })).toBe(24)
  expect(bench.look({ mostAtOnce: 12, isWanted: true, delayMs: 20 })).toBeGreaterThan(24)
})

test('engines that are slow by themselves are no overload, nor is what few conversations suffer from', () => {
  const slow = createBench()
  for (let times = 0; times < 40; times++) slow.look({ mostAtOnce: 4, delayMs: 900 })
  for (let times = 0; times < 30; times++) slow.look({ mostAtOnce: Math.floor(slow.state().limit), delayMs: 900 })
  expect(slow.state().limit).toBeGreaterThan(100)
  const changed = createBench()
  for (let times = 0; times < 10; times++) changed.look({ mostAtOnce: 4, delayMs: 20 })
  for (let times = 0; times < 120; times++) changed.look({ mostAtOnce: 4, delayMs: 900 })
  expect(changed.state().quietMs).toBeGreaterThan(800)
  const before = changed.state().limit
  for (let times = 0; times < 20; times++) changed.look({ mostAtOnce: Math.floor(changed.state().limit), delayMs: 900 })
  expect(changed.state().limit).toBeGreaterThan(before)
})

test('many at once from the beginning, with slow engines, are held back until it is known that the engines are slow', () => {
  const bench = createBench()
  const limits = Array.from({ length: 200 }, () =>
    bench.look({ mostAtOnce: Math.floor(bench.state().limit), delayMs: 900 }),
  )
  expect(Math.min(...limits)).toBe(8)
  expect(limits.at(-1)).toBeGreaterThan(40)
})

test('where the CPU does not do it grows slowly, and is not cut before somebody feels it', () => {
  const grownIn = (looks: number, isStarved: boolean) => {
    const bench = createBench()
    const look = () => bench.look({ mostAtOnce: Math.floor(bench.state().limit), delayMs: 20, isStarved })
    return Array.from({ length: looks }, look).at(-1) ?? 0
  }
  expect(grownIn(6, true)).toBeGreaterThan(24)
  expect(grownIn(6, true)).toBeLessThan(24 + 0.6 * (grownIn(6, false) - 24))
})

test('after silence a few long delays of the past do not count', () => {
  const bench = createBench()
  for (let times = 0; times < 3; times++) bench.look({ mostAtOnce: 24, delayMs: 20 })
  const { limit } = bench.state()
  for (let times = 0; times < 10; times++) bench.look({ mostAtOnce: 0 })
  expect(bench.state().felt).toEqual([])
  expect(bench.state().limit).toBe(limit)
})

test('whatever is seen, the limit keeps its bounds and remembers a bounded past', () => {
  const looks = fc.array(
    fc.record({
      mostAtOnce: fc.nat(20_000),
      delays: fc.array(fc.double({ min: -50, max: 1e6, noNaN: true }), { maxLength: 400 }),
      isWanted: fc.boolean(),
      isStarved: fc.boolean(),
      afterMs: fc.nat(5_000),
    }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(looks, (all) => {
      let nowMs = 0
      let state = beginLimit(bounds)
      for (const { mostAtOnce, isWanted, delays, isStarved, afterMs } of all) {
        nowMs += afterMs
        const felt = delays.map((delayMs) => ({ atMs: nowMs, delayMs }))
        state = stepLimit(state, { mostAtOnce, isWanted, felt, isStarved }, { nowMs, bounds })
        expect(state.limit).toBeGreaterThanOrEqual(bounds.least)
        expect(state.limit).toBeLessThanOrEqual(bounds.most)
        expect(state.felt.length).toBeLessThanOrEqual(24)
      }
    }),
    { numRuns: 100 },
  )
})

import { expect, test } from 'vitest'
import { type Crowd, refusalCost, runCrowd } from './crowd-at-server.ts'

type Served = { readonly share: number; readonly p50Ms: number }

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** From `fromMs` on, of three crowds together: how much of what the machine can do beside refusing was done, and how late replies were. */
const servedFrom = async (fromMs: number, crowd: Omit<Crowd, 'seconds' | 'seed'>): Promise<Served> => {
  const seconds = 24
  const outcomes = await Promise.all([1, 2, 3].map((seed) => runCrowd({ ...crowd, seconds, seed })))
  const delays = outcomes.flatMap(({ begun }) =>
    begun.filter(({ atMs }) => atMs >= fromMs).map(({ delayMs }) => delayMs),
  )
  const refused = outcomes.flatMap(({ refusedAtMs }) => refusedAtMs.filter((atMs) => atMs >= fromMs))
  let able = -refusalCost * refused.length
  for (let atMs = fromMs; atMs < seconds * 1_000; atMs++)
    able += (outcomes.length * crowd.turnsPerSecondAt(atMs)) / 1_000
  return { share: delays.length / able, p50Ms: medianOf(delays) }
}

/** Slow until its code is compiled. */
const cold =
  ({ turnsPerSecond, atFirst }: { readonly turnsPerSecond: number; readonly atFirst: number }) =>
  (atMs: number) =>
    turnsPerSecond * (1 - (1 - atFirst) * Math.exp(-atMs / 3_000))
const always = (value: number) => () => value
const from = (atMs: number, before: number, after: number) => (nowMs: number) => (nowMs < atMs ? before : after)

type Case = { readonly crowd: Omit<Crowd, 'seconds' | 'seed'>; readonly fromMs: number; readonly leastShare: number }

/** What of its work is missed in the first seconds of a cold start counts; a change of its speed or its crowd is to be found out in 6 or 9 s. */
const cases: Record<string, Case> = {
  'twice what it serves': {
    crowd: { peopleAt: always(120), turnsPerSecondAt: always(18) },
    fromMs: 0,
    leastShare: 0.75,
  },
  'twice what it serves, just started': {
    crowd: { peopleAt: always(120), turnsPerSecondAt: cold({ turnsPerSecond: 18, atFirst: 0.35 }) },
    fromMs: 0,
    leastShare: 0.75,
  },
  'about what it serves, just started': {
    crowd: { peopleAt: always(60), turnsPerSecondAt: cold({ turnsPerSecond: 22, atFirst: 0.35 }) },
    fromMs: 0,
    leastShare: 0.75,
  },
  'a large machine, just started': {
    crowd: { peopleAt: always(800), turnsPerSecondAt: cold({ turnsPerSecond: 100, atFirst: 0.35 }) },
    fromMs: 0,
    leastShare: 0.75,
  },
  'a crowd that comes at once': {
    crowd: { peopleAt: from(8_000, 10, 120), turnsPerSecondAt: always(18) },
    fromMs: 14_000,
    leastShare: 0.75,
  },
  'a machine that becomes twice as fast': {
    crowd: { peopleAt: always(120), turnsPerSecondAt: from(8_000, 10, 20) },
    fromMs: 17_000,
    leastShare: 0.75,
  },
  // Its queue is done before more are let in.
  'a machine that loses half of its speed': {
    crowd: { peopleAt: always(120), turnsPerSecondAt: from(8_000, 24, 12) },
    fromMs: 17_000,
    leastShare: 0.55,
  },
}

for (const [name, { crowd, fromMs, leastShare }] of Object.entries(cases)) {
  test(`${name}: most of what can be served is, and begins in time`, async () => {
    const served = await servedFrom(fromMs, crowd)
    expect(served.share).toBeGreaterThan(leastShare)
    expect(served.p50Ms).toBeLessThan(200)
  })
}

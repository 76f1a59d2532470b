import { describe, expect, test } from 'vitest'
import { costValues, household } from '../../src/scaling/costs.ts'
import { planFleet, ratesOf } from '../../src/scaling/fleet-plan.ts'
import { simulateQueue } from '../../src/scaling/queue-simulation.ts'

describe('the simulated event loop', () => {
  /** Poisson arrivals, mean service 1/mu, squared variation 1/4: Pollaczek and Khinchine give the mean wait. */
  test.each([0.2, 0.5, 0.8])('is as busy as its load and waits as queueing theory says, at %f', (load) => {
    const costUs = 1_000
    const result = simulateQueue({ works: [{ name: 'x', perSecond: load * 1_000, costUs }], seconds: 400, seed: 3 })
    expect(Math.abs(result.busyShare - load)).toBeLessThan(0.03)
    // P(wait = 0) is 1 - load, so the median is 0 below one half.
    if (load < 0.5) expect(result.waitMs.p50).toBe(0)
    expect(result.waitMs.p99).toBeGreaterThan(load)
    expect(result.waitMs.p99).toBeLessThan(40 * load)
  })

  test('has a line that grows without end above its capacity', () => {
    const at = (seconds: number) =>
      simulateQueue({ works: [{ name: 'x', perSecond: 1_200, costUs: 1_000 }], seconds, seed: 1 }).waitMs.worst
    expect(at(40)).toBeGreaterThan(1.7 * at(20))
  })

  test('feels a storm that comes at once, and hardly one that is let in slowly', () => {
    const works = [{ name: 'statuses', perSecond: 300, costUs: 100 }]
    const storm = { atS: 2, count: 10_000, costUs: 600 }
    const atOnce = simulateQueue({ works, seconds: 40, seed: 1, storm: { ...storm, withinS: 1 } })
    const admitted = simulateQueue({ works, seconds: 40, seed: 1, storm: { ...storm, withinS: 20 } })
    expect(atOnce.waitMs.worst).toBeGreaterThan(4_000)
    expect(admitted.waitMs.worst).toBeLessThan(50)
    expect(atOnce.recoveredAfterS ?? 0).toBeGreaterThan(admitted.waitMs.worst / 1_000)
  })

  test('is the same for the same seed', () => {
    const options = { works: [{ name: 'x', perSecond: 100, costUs: 500 }], seconds: 5, seed: 9 }
    expect(simulateQueue(options)).toEqual(simulateQueue(options))
  })
})

describe('the plan of a fleet', () => {
  test('counts what happens per second by hand', () => {
    const rates = ratesOf(86_400, { ...household, turnsPerSpeakerPerDay: 10, peakFactor: 2, turnSeconds: 5 })
    expect(rates.turns).toBeCloseTo(20)
    expect(rates.liveTurns).toBeCloseTo(100)
    expect(rates.statuses).toBeCloseTo((86_400 * 120) / 3_600 + 60)
  })

  test('needs ten times the cores for ten times the speakers, and never less than one of each role', () => {
    const [small, large] = [planFleet(100_000, household, costValues), planFleet(1_000_000, household, costValues)]
    for (const [index, role] of large.entries()) {
      expect(role.cores).toBeCloseTo(10 * (small[index]?.cores ?? 0))
      expect(role.processes).toBeGreaterThanOrEqual(small[index]?.processes ?? 1)
    }
    expect(planFleet(1, household, costValues).every(({ processes }) => processes >= 1)).toBe(true)
  })

  test('follows the costs it is given', () => {
    const dearer = { ...costValues, audioPacketUs: costValues.audioPacketUs * 3 }
    const coresOf = (costs: typeof costValues) =>
      planFleet(100_000, household, costs).find(({ role }) => role === 'bridge')?.cores ?? 0
    expect(coresOf(dearer)).toBeGreaterThan(1.5 * coresOf(costValues))
  })
})

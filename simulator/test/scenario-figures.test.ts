import { expect, it } from 'vitest'
import { distributionsOf } from '../src/scenario-figures.ts'

it('tells the distribution of what was measured more than once, by scenario', () => {
  const bargeIn = (ms: number) => ({ scenario: 'barge-in', measuredMs: { 'wake word to silence': ms } })
  const outcomes = [bargeIn(40), { scenario: 'hello', measuredMs: { other: 3 } }, bargeIn(30), bargeIn(90)]
  expect(distributionsOf(outcomes)).toEqual([
    { name: 'barge-in: wake word to silence', count: 3, p50: 40, p95: 90, p99: 90 },
  ])
})

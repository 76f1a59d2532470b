import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { learnPause, patienceOf, typicalPauseMs } from '../../src/turn/pause-average.ts'

describe('the learned pause', () => {
  it('moves to the pauses of a slow talker in a few turns', () => {
    const learned = Array.from({ length: 10 }).reduce<number>((average) => learnPause(average, 600), typicalPauseMs)
    expect(learned).toBeGreaterThan(500)
    expect(patienceOf(learned)).toBeGreaterThan(1.9)
  })

  it('does not learn from gaps inside words', () => {
    expect(learnPause(typicalPauseMs, 80)).toBe(typicalPauseMs)
  })

  it('never makes the wait shorter than usual, nor longer than twice', () => {
    fc.assert(
      fc.property(fc.double(), fc.array(fc.double()), (start, pauses) => {
        const patience = patienceOf(pauses.reduce(learnPause, start))
        expect(patience).toBeGreaterThanOrEqual(1)
        expect(patience).toBeLessThanOrEqual(2)
      }),
    )
  })
})

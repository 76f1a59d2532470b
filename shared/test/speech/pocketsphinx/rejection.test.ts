import { describe, expect, it } from 'vitest'
import type { Segment } from '../../../src/speech/pocketsphinx/binding.ts'
import { featuresOf, judge } from '../../../src/speech/pocketsphinx/rejection.ts'

/** Segments one after the other: word, frames, and the score of each frame. */
const path = (...parts: readonly (readonly [word: string, frames: number, scorePerFrame: number])[]): Segment[] => {
  let at = 0
  return parts.map(([word, frames, scorePerFrame]) => {
    const startFrame = at
    at += frames
    return { word, startFrame, endFrame: at - 1, acousticScore: frames * scorePerFrame }
  })
}

describe('what the evidence comes to', () => {
  it('is the lead of the loop over the words, for each frame, without the silence round them', () => {
    const grammar = path(['<sil>', 20, -90], ['stop', 40, -30], ['<sil>', 10, -90])
    const loop = path(
      ['SIL', 20, -10],
      ['S', 10, -20],
      ['T', 10, -20],
      ['AA', 10, -20],
      ['P', 10, -20],
      ['SIL', 10, -10],
    )
    const { lead, unexplained } = featuresOf({ grammar, loop })
    expect(lead).toBeCloseTo(10)
    expect(unexplained).toBe(0)
  })

  it('names the word that fits worst, and a short one counts for less', () => {
    const loop = path(['AA', 100, -20])
    const long = featuresOf({ grammar: path(['play', 60, -20], ['music', 40, -60]), loop })
    const short = featuresOf({ grammar: path(['play', 96, -20], ['a', 4, -60]), loop })
    expect(long.worstWordLead).toBeCloseTo((40 * 40) / 48)
    expect(short.worstWordLead).toBeCloseTo((4 * 40) / 12)
  })

  it('counts speech that the grammar took for silence', () => {
    const grammar = path(['stop', 50, -20], ['<sil>', 50, -40])
    const loop = path(['AA', 50, -20], ['M', 25, -20], ['+SPN+', 25, -20])
    expect(featuresOf({ grammar, loop }).unexplained).toBeCloseTo(0.25)
  })

  it('has numbers when nothing was heard', () => {
    expect(featuresOf({ grammar: [], loop: [] })).toEqual({ lead: 0, worstWordLead: 0, unexplained: 0 })
  })
})

describe('the judgement', () => {
  const near = judge('en', { lead: 12, worstWordLead: 15, unexplained: 0.02 })
  const far = judge('en', { lead: 38, worstWordLead: 42, unexplained: 0.1 })

  it('accepts what fits in every word, and rejects what fits in none', () => {
    expect(near.outOfGrammar).toBe(false)
    expect(far.outOfGrammar).toBe(true)
  })

  it('rejects a command that leaves much of the speech over', () => {
    expect(judge('en', { lead: 15, worstWordLead: 20, unexplained: 0.6 }).outOfGrammar).toBe(true)
  })

  it('is surer of what fits better', () => {
    expect(near.confidence).toBeGreaterThan(far.confidence)
    expect(near.confidence).toBeLessThanOrEqual(1)
    expect(far.confidence).toBeGreaterThanOrEqual(0)
  })
})

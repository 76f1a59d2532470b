import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  armedTrigger,
  ownVoiceRule,
  stepTrigger,
  type TriggerRule,
  triggerRuleOf,
  type WordScore,
} from '../../src/wake/trigger.ts'
import type { WakeDetection } from '../../src/wake/wake-word.ts'

const hopSamples = 1_280
const rule: TriggerRule = {
  quiet: { one: 0.7, three: 1.1 },
  noisy: { one: 0.5, three: 0.8 },
  refractorySamples: 10 * hopSamples,
  rearmBelow: 0.25,
}

const run = (
  hops: readonly (readonly WordScore[])[],
  with_: TriggerRule = rule,
  prominenceDb = 0,
): readonly WakeDetection[] => {
  let state = armedTrigger
  return hops.flatMap((scores, index) => {
    const [next, detection] = stepTrigger(state, { atSample: (index + 1) * hopSamples, prominenceDb, scores }, with_)
    state = next
    return detection ? [detection] : []
  })
}
const jarvis = (...scores: readonly number[]) => scores.map((score) => [{ word: 'hey_jarvis', score }])
const quiet = (hops: number) => Array.from({ length: hops }, () => 0.01)

describe('the rule for the own voice', () => {
  it('knows a word no later than the hop after the microphone does, which the room made likelier', () => {
    // As played, hop by hop, when the microphone was at 0.25 and 0.98: flite:awb saying "hey jarvis" in a reply.
    expect(run(jarvis(0.01, 0.026, 0.067, 0.041), ownVoiceRule)).toMatchObject([{ atSample: 3 * hopSamples }])
  })
  it('hears none in what replies without the word come to', () => {
    expect(run(jarvis(...quiet(5), 0.014, ...quiet(5)), ownVoiceRule)).toEqual([])
  })
})

describe('wake trigger', () => {
  it('fires at the first score over the threshold', () => {
    expect(run(jarvis(0.1, 0.4, 0.6, 0.99))).toEqual([{ word: 'hey_jarvis', score: 0.6, atSample: 3 * hopSamples }])
  })

  it('asks for more where a voice stands out, and for something between in between', () => {
    expect(run(jarvis(0.1, 0.6, 0.1), rule, 40)).toEqual([])
    expect(run(jarvis(0.1, 0.7, 0.1), rule, 40)).toHaveLength(1)
    expect(run(jarvis(0.1, 0.6, 0.1), rule, 23)).toHaveLength(1)
    expect(run(jarvis(0.1, 0.59, 0.1), rule, 23)).toEqual([])
    expect(run(jarvis(0.3, 0.3, 0.3), rule, 40)).toEqual([])
    expect(run(jarvis(0.3, 0.3, 0.3), rule, 10)).toHaveLength(1)
  })

  it('fires for a word that would be one if it were over now, and then for no other score of it', () => {
    const hops = [[{ word: 'hey_jarvis', score: 0.02, scoreIfOver: 0.6 }], ...jarvis(0.4, 0.9, 0.9, 0.1)]
    expect(run(hops)).toEqual([{ word: 'hey_jarvis', score: 0.6, atSample: hopSamples }])
  })

  it('does not add up what words would come to', () => {
    const hop = [{ word: 'hey_jarvis', score: 0.1, scoreIfOver: 0.4 }]
    expect(run([hop, hop, hop, hop])).toEqual([])
  })

  it('fires once for a word that stays in view', () => {
    expect(run(jarvis(...Array.from({ length: 40 }, () => 0.9)))).toHaveLength(1)
  })

  it('fires once for a word whose score falls and rises again', () => {
    expect(run(jarvis(0.9, 0.9, 0.1, 0.1, 0.7, 0.9, ...quiet(20)))).toHaveLength(1)
  })

  it('fires again for the next utterance', () => {
    expect(run(jarvis(0.9, ...quiet(12), 0.9, ...quiet(12), 0.9))).toHaveLength(3)
  })

  it('fires for three scores that are much together, though none is enough alone', () => {
    expect(run(jarvis(0.1, 0.3, 0.3, 0.15))).toEqual([])
    expect(run(jarvis(0.1, 0.3, 0.3, 0.25))).toEqual([{ word: 'hey_jarvis', score: 0.25, atSample: 4 * hopSamples }])
    expect(run(jarvis(0.35, 0, 0.35, 0, 0.35))).toEqual([])
  })

  it('does not add up the scores of two words', () => {
    const both = ['hey_jarvis', 'alexa'].map((word) => ({ word, score: 0.25 }))
    expect(run([both, both, both])).toEqual([])
  })

  it('does not count what was before a detection towards the next', () => {
    expect(run(jarvis(0.3, 0.3, 0.3, ...quiet(12), 0.3, 0.3))).toHaveLength(1)
  })

  it('takes the likelier of two words, and wakes once', () => {
    const both = [
      { word: 'hey_jarvis', score: 0.7 },
      { word: 'alexa', score: 0.8 },
    ]
    expect(run([both, both])).toMatchObject([{ word: 'alexa' }])
  })

  it('never fires for a score that is no number', () => {
    expect(run(jarvis(Number.NaN, Number.NaN))).toEqual([])
    expect(run([[{ word: 'hey_jarvis', score: 0.1, scoreIfOver: Number.NaN }]])).toEqual([])
  })

  it('is stricter the stricter the preset', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 24 })
    fc.assert(
      fc.property(scores, (heard) => {
        const firstOf = (preset: 'strict' | 'normal' | 'sensitive') =>
          run(jarvis(...heard), triggerRuleOf(preset))[0]?.atSample ?? Number.POSITIVE_INFINITY
        expect(firstOf('sensitive')).toBeLessThanOrEqual(firstOf('normal'))
        expect(firstOf('normal')).toBeLessThanOrEqual(firstOf('strict'))
      }),
    )
  })

  it('keeps the refractory period between any two detections', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }), (heard) => {
        const at = run(jarvis(...heard)).map(({ atSample }) => atSample)
        for (const [index, sample] of at.entries()) {
          if (index > 0) expect(sample - (at[index - 1] ?? 0)).toBeGreaterThan(rule.refractorySamples)
        }
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { createSpanTracker, sameSpan } from '../../../src/speech/pocketsphinx/speech-span.ts'
import { seededRandom } from '../../../src/streams/random.ts'

const ms = (count: number) => count * 16

/** Speech-like bursts between `fromMs` and `toMs` over a background. */
const utterance = (totalMs: number, fromMs: number, toMs: number, background: number) => {
  const random = seededRandom(3)
  return Int16Array.from({ length: ms(totalMs) }, (_, at) => {
    const loud = at >= ms(fromMs) && at < ms(toMs)
    return Math.round((random() * 2 - 1) * (loud ? 6_000 : background))
  })
}

const tracked = (samples: Int16Array, pieceMs = 20) => {
  const tracker = createSpanTracker()
  for (let at = 0; at < samples.length; at += ms(pieceMs)) tracker.add(samples.subarray(at, at + ms(pieceMs)))
  return tracker
}

describe('the span of speech', () => {
  it.each([
    ['digital silence', 0],
    ['a quiet room', 30],
    ['a noisy room', 900],
  ])('is found in %s, with a margin of 200 ms', (_name, background) => {
    const tracker = tracked(utterance(3_000, 1_000, 2_000, background))
    const span = tracker.span()
    expect(span?.startSample).toBeCloseTo(ms(800), -3)
    expect(span?.endSample).toBeCloseTo(ms(2_200), -3)
    expect(tracker.silentForMs()).toBeCloseTo(1_000, -2)
  })

  it('does not depend on how the audio is cut', () => {
    const samples = utterance(2_000, 500, 1_200, 30)
    const spans = [7, 20, 60, 500].map((pieceMs) => tracked(samples, pieceMs).span())
    for (const span of spans) expect(span).toEqual(spans[0])
  })

  it('is nowhere in steady noise or in nothing', () => {
    expect(tracked(utterance(2_000, 0, 0, 500)).span()).toBeUndefined()
    expect(createSpanTracker().span()).toBeUndefined()
    expect(createSpanTracker().silentForMs()).toBe(0)
  })

  it('never reaches beyond the audio', () => {
    const span = tracked(utterance(1_000, 50, 850, 10)).span()
    expect(span?.startSample).toBe(0)
    expect(span?.endSample).toBeLessThanOrEqual(ms(1_000))
  })

  it('counts as the same within 30 ms of its speech, however much silence follows', () => {
    const samples = utterance(3_000, 500, 1_500, 30)
    const early = tracked(samples.subarray(0, ms(1_620))).span()
    const late = tracked(samples).span()
    const other = tracked(utterance(3_000, 500, 1_700, 30)).span()
    if (!early || !late || !other) throw new Error('speech was not found')
    expect(early.endSample).toBeLessThan(late.endSample)
    expect(sameSpan(early, late)).toBe(true)
    expect(sameSpan(early, other)).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { concatSamples } from '../../src/audio/pcm.ts'
import { requestStart } from '../../src/speech/request-start.ts'

/** A tone of so many milliseconds, or near silence: 16 kHz. */
const tone = (lengthMs: number) => Int16Array.from({ length: lengthMs * 16 }, (_, at) => 8_000 * Math.sin(at / 5))
const hush = (lengthMs: number) => new Int16Array(lengthMs * 16).fill(3)
const startMs = (...parts: Int16Array[]) => requestStart(concatSamples(parts), 1_500) / 16

describe('where a request begins', () => {
  it('is in the pause after the word, wherever in it the speaker decided', () => {
    expect(startMs(tone(1_480), hush(200), tone(600))).toBe(1_490)
    expect(startMs(tone(1_640), hush(200), tone(600))).toBe(1_650)
    expect(startMs(tone(1_300), hush(300), tone(600))).toBe(1_310)
  })
  it('is no later than 350 ms after the decision, also without any pause', () => {
    expect(startMs(tone(3_000))).toBeLessThanOrEqual(1_850)
    expect(startMs(tone(3_000))).toBeGreaterThanOrEqual(1_250)
  })
  it('is the end of what there is, when that is less', () => {
    expect(startMs(tone(900))).toBe(900)
    expect(startMs()).toBe(0)
  })
})

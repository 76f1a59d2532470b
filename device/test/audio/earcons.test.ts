import { describe, expect, it } from 'vitest'
import { createEarcons } from '../../src/audio/earcons.ts'

describe('earcons', () => {
  const earcons = createEarcons()
  it('are short, begin and end softly and never clip', () => {
    for (const samples of Object.values(earcons)) {
      expect(samples.length).toBeGreaterThan(24 * 60)
      expect(samples.length).toBeLessThan(24 * 1_500)
      expect(Math.abs(samples[0] ?? 0)).toBeLessThan(50)
      expect(Math.abs(samples.at(-1) ?? 0)).toBeLessThan(200)
      expect(Math.max(...samples)).toBeGreaterThan(1_500)
      expect(Math.max(...samples)).toBeLessThan(24_000)
    }
  })
  it('lets the person speak at once: the wake sound lasts at most 150 ms', () => {
    expect(earcons.wake.length).toBeLessThanOrEqual(24 * 150)
  })
})

import { describe, expect, it } from 'vitest'
import { createGrowingSource } from '../../src/audio/growing-source.ts'
import { createPcmSource } from '../../src/audio/pcm-source.ts'

const heights = (frames: number) => {
  const loop = createPcmSource(new Int16Array(240).fill(10_000), { repeat: true })
  const source = createGrowingSource(loop, { fromGain: 0.3, overMs: 1_000 })
  return Array.from({ length: frames }, () => {
    const frame = source.read()
    return frame.type === 'samples' ? (frame.samples[0] ?? 0) : 0
  })
}

describe('a growing ring', () => {
  it('begins at its part, never falls, and reaches full height at its time', () => {
    const all = heights(120)
    expect(all[0]).toBe(3_000)
    expect(all.every((height, index) => index === 0 || height >= (all[index - 1] ?? 0))).toBe(true)
    expect(all[99]).toBeGreaterThan(9_800)
    expect(all[100]).toBe(10_000)
  })
  it('grows evenly in decibels: halfway it has the geometric mean', () => {
    expect(heights(60)[50]).toBe(Math.round(10_000 * Math.sqrt(0.3)))
  })
})

import { describe, expect, it } from 'vitest'
import { createProminence, type Prominence } from '../../src/wake/prominence.ts'

/** 20 ms of a square wave of this level. */
const frameOf = (dbfs: number) => new Int16Array(320).fill(Math.round(32_768 * 10 ** (dbfs / 20)))
const hear = (prominence: Prominence, dbfs: number, seconds: number) => {
  for (let frame = 0; frame < seconds * 50; frame++) prominence.hear(frameOf(dbfs))
}

describe('how far a voice stands out', () => {
  it('is 0 before anything was heard, and in an even sound', () => {
    const prominence = createProminence()
    expect(prominence.db()).toBe(0)
    hear(prominence, -40, 4)
    expect(prominence.db()).toBeCloseTo(0, 1)
  })

  it('is the difference between voice and room, and forgets a voice after 1.2 s', () => {
    const prominence = createProminence()
    hear(prominence, -60, 2)
    hear(prominence, -30, 0.8)
    expect(prominence.db()).toBeCloseTo(30, 0)
    hear(prominence, -60, 1.2)
    expect(prominence.db()).toBeCloseTo(0, 1)
  })

  it('is not that of one click or one gap', () => {
    const prominence = createProminence()
    hear(prominence, -50, 3)
    prominence.hear(frameOf(-1))
    prominence.hear(new Int16Array(320))
    hear(prominence, -50, 0.2)
    expect(prominence.db()).toBeCloseTo(0, 1)
  })

  it('is a number in digital silence, and after it was told to forget', () => {
    const prominence = createProminence()
    for (let frame = 0; frame < 200; frame++) prominence.hear(new Int16Array(320))
    expect(prominence.db()).toBe(0)
    hear(prominence, -30, 0.5)
    expect(prominence.db()).toBeCloseTo(66, 0)
    prominence.forget()
    hear(prominence, -30, 0.5)
    expect(prominence.db()).toBeCloseTo(0, 1)
  })
})

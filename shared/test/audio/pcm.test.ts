import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyGain, concatSamples, fromBytesLe, gainOfDb, levelDbfs, mixInto, toBytesLe } from '../../src/audio/pcm.ts'
import { holds } from '../holds.ts'

describe('PCM', () => {
  it('measures full scale, half of it, and silence', () => {
    expect(levelDbfs(new Int16Array(100).fill(32_767))).toBeCloseTo(0, 5)
    expect(levelDbfs(new Int16Array(100).fill(16_384))).toBeCloseTo(-6.02, 2)
    expect(levelDbfs(new Int16Array(100))).toBe(-96)
    expect(levelDbfs(new Int16Array(0))).toBe(-96)
  })

  it('clips instead of wrapping round', () => {
    expect(applyGain(Int16Array.of(30_000, -30_000, 100), 2)).toEqual(Int16Array.of(32_767, -32_768, 200))
    const target = Int16Array.of(30_000, -30_000, 1)
    mixInto(target, Int16Array.of(30_000, -30_000))
    expect(target).toEqual(Int16Array.of(32_767, -32_768, 1))
  })

  it('mixes at a gain and leaves out what has no room', () => {
    const target = Int16Array.of(100, 100)
    mixInto(target, Int16Array.of(200, 200, 200), gainOfDb(-6.0206))
    expect(target).toEqual(Int16Array.of(200, 200))
  })

  it('becomes bytes and samples again, whatever the alignment', () => {
    holds(
      fc.property(fc.int16Array(), fc.nat({ max: 3 }), (samples, shift) => {
        const shifted = new Uint8Array(samples.length * 2 + shift)
        shifted.set(toBytesLe(samples), shift)
        expect(fromBytesLe(shifted.subarray(shift))).toEqual(samples)
      }),
    )
    expect(fromBytesLe(Uint8Array.of(1, 2, 3))).toEqual(Int16Array.of(0x0201))
  })

  it('joins parts in order', () => {
    expect(concatSamples([Int16Array.of(1), new Int16Array(0), Int16Array.of(2, 3)])).toEqual(Int16Array.of(1, 2, 3))
  })
})

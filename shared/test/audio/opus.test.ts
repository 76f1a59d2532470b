import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOpusDecoder, createOpusEncoder } from '../../src/audio/opus.ts'
import { levelDbfs } from '../../src/audio/pcm.ts'
import { holds } from '../holds.ts'

const tone = (samples: number, sampleRateHz: number, from = 0) =>
  Int16Array.from({ length: samples }, (_, i) => 8_000 * Math.sin((2 * Math.PI * 300 * (from + i)) / sampleRateHz))

describe.each([
  { sampleRateHz: 16_000, frameSamples: 320 },
  { sampleRateHz: 24_000, frameSamples: 480 },
] as const)('Opus at $sampleRateHz Hz', ({ sampleRateHz, frameSamples }) => {
  const pair = () => ({
    encoder: createOpusEncoder({ sampleRateHz, bitrateBps: 24_000, complexity: 5 }),
    decoder: createOpusDecoder({ sampleRateHz }),
  })

  it('brings a tone through at its level, 20 ms per packet', () => {
    const { encoder, decoder } = pair()
    for (let n = 0; n < 20; n++) {
      const pcm = tone(frameSamples, sampleRateHz, n * frameSamples)
      const decoded = decoder.decode(encoder.encode(pcm))
      if (!decoded.ok) throw new Error(decoded.error.message)
      expect(decoded.value.length).toBe(frameSamples)
      if (n > 5) expect(Math.abs(levelDbfs(decoded.value) - levelDbfs(pcm))).toBeLessThan(1)
    }
  })

  it('goes on without a break when its complexity changes in mid-stream', () => {
    const { encoder, decoder } = pair()
    for (let n = 0; n < 40; n++) {
      if (n % 10 === 0) encoder.setComplexity(n % 20 === 0 ? 0 : 5)
      const pcm = tone(frameSamples, sampleRateHz, n * frameSamples)
      const decoded = decoder.decode(encoder.encode(pcm))
      if (!decoded.ok) throw new Error(decoded.error.message)
      if (n > 5) expect(Math.abs(levelDbfs(decoded.value) - levelDbfs(pcm))).toBeLessThan(1)
    }
  })

  it('conceals with silence before the first packet and with a fading likeness after one', () => {
    const { encoder, decoder } = pair()
    expect(decoder.conceal()).toEqual(new Int16Array(frameSamples))
    for (let n = 0; n < 10; n++) decoder.decode(encoder.encode(tone(frameSamples, sampleRateHz, n * frameSamples)))
    const concealed = Array.from({ length: 20 }, () => decoder.conceal())
    expect(concealed.every((frame) => frame.length === frameSamples)).toBe(true)
    const levels = concealed.map(levelDbfs)
    expect(levels[0]).toBeGreaterThan(-30)
    expect(levels.at(-1)).toBeLessThan((levels[0] ?? 0) - 20)
  })

  it('refuses a frame of another length', () => {
    expect(() => pair().encoder.encode(new Int16Array(100))).toThrow(
      `a frame has ${frameSamples} samples at ${sampleRateHz} Hz, got 100`,
    )
  })

  it('gives 20 ms or a reason for any bytes, and goes on working', () => {
    const { encoder, decoder } = pair()
    holds(
      fc.property(fc.uint8Array({ maxLength: 1_400 }), (packet) => {
        const decoded = decoder.decode(packet)
        if (decoded.ok) expect(decoded.value.length).toBe(frameSamples)
        else expect(decoded.error.code).toBe('bad_packet')
        expect(decoder.conceal().length).toBe(frameSamples)
      }),
    )
    expect(decoder.decode(encoder.encode(tone(frameSamples, sampleRateHz))).ok).toBe(true)
  })
})

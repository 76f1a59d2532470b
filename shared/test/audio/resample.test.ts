import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatSamples } from '../../src/audio/pcm.ts'
import { createResampler, resample } from '../../src/audio/resample.ts'
import { holds } from '../holds.ts'

const amplitude = 16_000
const tone = (hz: number, sampleRateHz: number, samples: number) =>
  Float64Array.from({ length: samples }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz))
const powerOf = (samples: Iterable<number>) => {
  let sum = 0
  let count = 0
  for (const sample of samples) {
    sum += sample * sample
    count++
  }
  return sum / count
}
const db = (ratio: number) => 10 * Math.log10(ratio)
/** The edges see silence beyond the sound and are left out of quality figures. */
const inner = <T extends { slice: (from: number, to: number) => T }>(samples: T) => samples.slice(200, -200)

const pairs = [
  [48_000, 16_000],
  [44_100, 16_000],
  [16_000, 24_000],
  [24_000, 16_000],
  [22_050, 24_000],
  [8_000, 16_000],
  [16_000, 48_000],
] as const

describe.each(pairs)('from %i Hz to %i Hz', (fromHz, toHz) => {
  const nyquistHz = Math.min(fromHz, toHz) / 2

  it.each([0.05, 0.3, 0.6, 0.8])('keeps a tone at %f of the pass band with more than 60 dB to noise', (share) => {
    const hz = Math.round(share * nyquistHz)
    const input = Int16Array.from(tone(hz, fromHz, fromHz / 4), Math.round)
    const output = resample(input, { fromHz, toHz })
    const ideal = tone(hz, toHz, output.length)
    const error = Float64Array.from(output, (sample, i) => sample - (ideal[i] ?? 0))
    expect(db(powerOf(inner(ideal)) / powerOf(inner(error)))).toBeGreaterThan(60)
  })

  it('gives ceil(n * to / from) samples', () => {
    for (const count of [0, 1, 2, 319, 320, 321, 4_410]) {
      expect(resample(new Int16Array(count), { fromHz, toHz }).length).toBe(Math.ceil((count * toHz) / fromHz))
    }
  })
})

describe('resampling', () => {
  it.each([
    [48_000, 16_000, 9_600],
    [48_000, 16_000, 12_000],
    [24_000, 16_000, 9_500],
    [44_100, 16_000, 15_000],
  ])('from %i to %i Hz lets no %i Hz fold back', (fromHz, toHz, hz) => {
    const input = Int16Array.from(tone(hz, fromHz, fromHz / 4), Math.round)
    const output = resample(input, { fromHz, toHz })
    expect(db(powerOf(inner(output)) / powerOf(input))).toBeLessThan(-60)
  })

  it('gives the same however the input is cut up', () => {
    holds(
      fc.property(
        fc.constantFrom(...pairs),
        fc.array(fc.int16Array({ maxLength: 700 }), { maxLength: 8 }),
        ([fromHz, toHz], parts) => {
          const resampler = createResampler({ fromHz, toHz })
          const streamed = concatSamples([...parts.map(resampler.push), resampler.flush()])
          expect(streamed).toEqual(resample(concatSamples(parts), { fromHz, toHz }))
        },
      ),
    )
  })

  it('starts anew after a flush', () => {
    const resampler = createResampler({ fromHz: 48_000, toHz: 16_000 })
    const once = () => concatSamples([resampler.push(new Int16Array(999).fill(500)), resampler.flush()])
    expect(once()).toEqual(once())
  })

  it('between equal rates is a copy', () => {
    const samples = Int16Array.of(1, 2, 3)
    const same = resample(samples, { fromHz: 16_000, toHz: 16_000 })
    samples[0] = 9
    expect(same).toEqual(Int16Array.of(1, 2, 3))
  })

  it('keeps a constant constant', () => {
    const output = resample(new Int16Array(4_410).fill(1_000), { fromHz: 44_100, toHz: 16_000 })
    expect(new Set(inner(output))).toEqual(new Set([1_000]))
  })

  it('refuses rates it cannot do', () => {
    expect(() => createResampler({ fromHz: 0, toHz: 16_000 })).toThrow('rates are whole Hz from 1 to 768000')
    expect(() => createResampler({ fromHz: 44_100.5, toHz: 16_000 })).toThrow('rates are whole Hz')
    expect(() => createResampler({ fromHz: 16_001, toHz: 48_000 })).toThrow('needs 48000 phases, at most 4096')
  })
})

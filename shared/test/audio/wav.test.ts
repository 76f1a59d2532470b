import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeWav, encodeWav } from '../../src/audio/wav.ts'
import { holds } from '../holds.ts'

type Made = {
  readonly format: number
  readonly bits: number
  readonly channels: number
  readonly sampleRateHz: number
  readonly sound: Uint8Array
  readonly claimedBytes?: number
  readonly before?: Uint8Array
}
/** A WAV by hand, so that its header can lie. */
const wavOf = ({ format, bits, channels, sampleRateHz, sound, claimedBytes, before }: Made): Uint8Array => {
  const header = new DataView(new ArrayBuffer(36))
  const text = (offset: number, id: string) => new Uint8Array(header.buffer).set(new TextEncoder().encode(id), offset)
  text(0, 'RIFF')
  header.setUint32(4, 0xffff_ffff, true)
  text(8, 'WAVE')
  text(12, 'fmt ')
  header.setUint32(16, 16, true)
  header.setUint16(20, format, true)
  header.setUint16(22, channels, true)
  header.setUint32(24, sampleRateHz, true)
  header.setUint16(34, bits, true)
  const data = new DataView(new ArrayBuffer(8))
  new Uint8Array(data.buffer).set(new TextEncoder().encode('data'))
  data.setUint32(4, claimedBytes ?? sound.length, true)
  return Uint8Array.of(...new Uint8Array(header.buffer), ...(before ?? []), ...new Uint8Array(data.buffer), ...sound)
}
const mono16 = { format: 1, bits: 16, channels: 1, sampleRateHz: 16_000 } as const
const viewOf = (sizeBytes: number, fill: (view: DataView) => void) => {
  const view = new DataView(new ArrayBuffer(sizeBytes))
  fill(view)
  return new Uint8Array(view.buffer)
}
const samplesOf = (bytes: Uint8Array) => {
  const decoded = decodeWav(bytes)
  if (!decoded.ok) throw new Error(`${decoded.error.code}: ${decoded.error.message}`)
  return [...decoded.value.samples]
}
const codeOf = (bytes: Uint8Array) => {
  const decoded = decodeWav(bytes)
  return decoded.ok ? 'decoded' : decoded.error.code
}

describe('a WAV file', () => {
  it('comes out of the decoder as it went into the encoder, at any rate', () => {
    holds(
      fc.property(fc.int16Array(), fc.integer({ min: 1, max: 768_000 }), (samples, sampleRateHz) => {
        expect(decodeWav(encodeWav(samples, sampleRateHz))).toEqual({ ok: true, value: { samples, sampleRateHz } })
      }),
    )
  })

  it.each([
    ['8-bit', 1, 8, Uint8Array.of(0, 128, 192)],
    ['24-bit', 1, 24, Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0x40)],
    ['32-bit', 1, 32, Uint8Array.of(0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40)],
    [
      '32-bit float',
      3,
      32,
      viewOf(12, (view) => {
        view.setFloat32(0, -1, true)
        view.setFloat32(8, 0.5, true)
      }),
    ],
    [
      '64-bit float',
      3,
      64,
      viewOf(24, (view) => {
        view.setFloat64(0, -1, true)
        view.setFloat64(16, 0.5, true)
      }),
    ],
  ])('of %s samples is scaled to 16 bits', (_, format, bits, sound) => {
    expect(samplesOf(wavOf({ ...mono16, format, bits, sound }))).toEqual([-32_768, 0, 16_384])
  })

  it('of several channels gives their mean', () => {
    const sound = viewOf(8, (view) => {
      for (const [i, one] of [100, 200, -32_768, 32_766].entries()) view.setInt16(i * 2, one, true)
    })
    expect(samplesOf(wavOf({ ...mono16, channels: 2, sound }))).toEqual([150, -1])
  })

  it('of floats beyond full scale is clipped, and what is no number is silence', () => {
    const sound = viewOf(12, (view) => {
      for (const [i, one] of [7, -7, Number.NaN].entries()) view.setFloat32(i * 4, one, true)
    })
    expect(samplesOf(wavOf({ ...mono16, format: 3, bits: 32, sound }))).toEqual([32_767, -32_768, 0])
  })

  it('with other chunks before its data is read past them, odd lengths too', () => {
    const list = Uint8Array.of(...new TextEncoder().encode('LIST'), 3, 0, 0, 0, 1, 2, 3, 0)
    expect(samplesOf(wavOf({ ...mono16, sound: Uint8Array.of(1, 0), before: list }))).toEqual([1])
  })

  it('that was cut off gives what is there, whatever its header claims', () => {
    for (const claimedBytes of [100, 0xffff_ffff]) {
      expect(samplesOf(wavOf({ ...mono16, sound: Uint8Array.of(1, 0, 2, 0, 3), claimedBytes }))).toEqual([1, 2])
    }
  })

  it('is refused by the reason', () => {
    const sound = new Uint8Array(8)
    expect(codeOf(new Uint8Array(11))).toBe('truncated')
    expect(codeOf(new Uint8Array(100))).toBe('not_wav')
    expect(codeOf(wavOf({ ...mono16, sound }).subarray(0, 30))).toBe('truncated')
    expect(codeOf(wavOf({ ...mono16, sound }).subarray(0, 36))).toBe('no_sound')
    expect(codeOf(wavOf({ ...mono16, bits: 12, sound }))).toBe('unsupported')
    expect(codeOf(wavOf({ ...mono16, format: 85, sound }))).toBe('unsupported')
    expect(codeOf(wavOf({ ...mono16, channels: 0, sound }))).toBe('unsupported')
    expect(codeOf(wavOf({ ...mono16, channels: 65_535, sound }))).toBe('unsupported')
    expect(codeOf(wavOf({ ...mono16, sampleRateHz: 0, sound }))).toBe('unsupported')
    expect(codeOf(wavOf({ ...mono16, format: 0xfffe, sound }))).toBe('truncated')
  })

  it('of any header is read or refused, without more samples than it has bytes', () => {
    const header = fc.record({
      format: fc.constantFrom(1, 3, 0xfffe, 7),
      bits: fc.constantFrom(8, 16, 24, 32, 64, 12, 0),
      channels: fc.nat({ max: 40 }),
      sampleRateHz: fc.nat({ max: 800_000 }),
      sound: fc.uint8Array({ maxLength: 200 }),
      claimedBytes: fc.nat({ max: 0xffff_ffff }),
      before: fc.uint8Array({ maxLength: 20 }),
    })
    holds(
      fc.property(header, fc.nat({ max: 300 }), (made, cut) => {
        const bytes = wavOf(made)
        const decoded = decodeWav(bytes.subarray(0, Math.max(0, bytes.length - cut)))
        if (decoded.ok) expect(decoded.value.samples.length).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 1_000 },
    )
  })

  it('inside a larger buffer is read from its own start', () => {
    const wav = encodeWav(Int16Array.of(5, 6), 8_000)
    const larger = new Uint8Array(wav.length + 7)
    larger.set(wav, 7)
    expect(samplesOf(larger.subarray(7))).toEqual([5, 6])
  })
})

import { createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeTrack, encodeTrack, samplesOf, trackMs } from '../../src/sounds/sound-track.ts'
import { strengthOf, tone } from '../bridge/scripted-engines.ts'

/** Rate, count, then each frame behind its length. */
const golden = '01' + '00003e80' + '00000003' + '0002aabb' + '0000' + '0001cc'

describe('a track', () => {
  test('is the bytes that the picture shows', () => {
    const frames = [Uint8Array.of(0xaa, 0xbb), new Uint8Array(0), Uint8Array.of(0xcc)]
    const encoded = encodeTrack({ sampleRateHz: 16_000, frames })
    expect(Buffer.from(encoded).toString('hex')).toBe(golden)
    expect(trackMs({ sampleRateHz: 16_000, frames })).toBe(60)
  })

  test.each([
    ['too_short', ''],
    ['too_short', '0100003e80000000'],
    ['too_short', golden.slice(0, -2)],
    ['too_short', `01${'00003e80'}${'ffffffff'}`],
    ['bad_version', `02${golden.slice(2)}`],
    ['bad_rate', `01${'00003e81'}${golden.slice(10)}`],
    ['bad_length', `${golden}00`],
  ])('is refused as %s: %s', (code, hex) => {
    const decoded = decodeTrack(Buffer.from(hex, 'hex'))
    expect(decoded).toMatchObject({ ok: false, error: { code } })
  })

  test('comes back as it was, and nothing else makes the decoder throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 50 }), (frames) => {
        const decoded = decodeTrack(encodeTrack({ sampleRateHz: 24_000, frames }))
        if (!decoded.ok) throw new Error(decoded.error.message)
        expect(decoded.value.frames.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeTrack(bytes)))
  })

  test('sounds as it did: a lost frame is concealed, not left out', () => {
    const samples = tone(600, 1_000, 16_000)
    const encoder = createOpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, complexity: 5 })
    const frames = Array.from({ length: 50 }, (_, index) =>
      index === 20 ? new Uint8Array(0) : encoder.encode(samples.slice(index * 320, (index + 1) * 320)),
    )
    const heard = samplesOf({ sampleRateHz: 16_000, frames })
    expect(heard).toHaveLength(16_000)
    expect(strengthOf(600, heard.subarray(3_200, 12_800), 16_000)).toBeGreaterThan(0.15)
  })
})

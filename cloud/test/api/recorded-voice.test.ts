import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { describe, expect, test } from 'vitest'
import { prepareRecording } from '../../src/api/recorded-voice.ts'

/** A tone with a pause of the same length after it. */
const voice = (options: { rateHz?: number; seconds?: number; amplitude?: number } = {}) => {
  const { rateHz = 24_000, seconds = 1, amplitude = 1_000 } = options
  return Int16Array.from({ length: rateHz * seconds }, (_, at) =>
    at < (rateHz * seconds) / 2 ? amplitude * Math.sin((2 * Math.PI * 300 * at) / rateHz) : 0,
  )
}
const prepared = (samples: Int16Array, rateHz: number) => {
  const sound = prepareRecording(encodeWav(samples, rateHz))
  if (!sound.ok) throw new Error(sound.error)
  return sound.value
}
const refusal = (samples: Int16Array, rateHz: number) => {
  const sound = prepareRecording(encodeWav(samples, rateHz))
  return sound.ok ? 'accepted' : sound.error
}

describe('a recorded voice', () => {
  test.each([60, 400, 3_000, 30_000])(
    'of amplitude %i is as loud as other speech, whatever its pauses',
    (amplitude) => {
      const { samples, sampleRateHz } = prepared(voice({ amplitude }), 24_000)
      expect(sampleRateHz).toBe(24_000)
      expect(levelDbfs(samples.subarray(0, 11_000))).toBeCloseTo(amplitude === 60 ? -34 : -20, 0)
    },
  )

  test('is never driven into clipping by one loud word', () => {
    const samples = voice({ amplitude: 300 })
    samples.fill(32_000, 5_000, 5_010)
    const loudest = prepared(samples, 24_000).samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    expect(loudest).toBeLessThanOrEqual(Math.ceil(0.89 * 32_767))
  })

  test.each([8_000, 16_000, 44_100, 48_000])('of %i Hz comes out at 24 kHz with its length', (rateHz) => {
    const { samples } = prepared(voice({ rateHz, seconds: 2 }), rateHz)
    expect(samples.length / 24_000).toBeCloseTo(2, 1)
  })

  test('of a minute fits what a speaker takes, and one second more is refused', () => {
    const { samples } = prepared(voice({ rateHz: 48_000, seconds: 60 }), 48_000)
    expect(encodeWav(samples, 24_000).length).toBeLessThan(2_900_000)
    expect(refusal(voice({ seconds: 61 }), 24_000)).toContain('61.0 s')
  })

  test('is refused when it is silent, empty, of an odd rate or no WAV', () => {
    expect(refusal(new Int16Array(24_000), 24_000)).toContain('Nothing can be heard')
    expect(refusal(new Int16Array(0), 24_000)).toContain('0.0 s')
    expect(refusal(voice(), 1_000)).toContain('8000 to 48000 Hz')
    const notWav = prepareRecording(new Uint8Array(100))
    expect(notWav.ok ? '' : notWav.error).toContain('not a WAV')
  })
})

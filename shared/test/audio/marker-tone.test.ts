import { expect, test } from 'vitest'
import { markerCount, markerIn, markerOfText, markerTone } from '../../src/audio/marker-tone.ts'
import { createOpusDecoder, createOpusEncoder } from '../../src/audio/opus.ts'

const throughOpus = (samples: Int16Array, sampleRateHz: 16_000 | 24_000): Int16Array[] => {
  const frame = sampleRateHz / 50
  const encoder = createOpusEncoder({ sampleRateHz, bitrateBps: 24_000, complexity: 5 })
  const decoder = createOpusDecoder({ sampleRateHz })
  return Array.from({ length: Math.floor(samples.length / frame) }, (_, index) => {
    const decoded = decoder.decode(encoder.encode(samples.slice(index * frame, (index + 1) * frame)))
    return decoded.ok ? decoded.value : new Int16Array(frame)
  })
}

test('every marker is heard as itself after the codec, up and down', () => {
  for (const sampleRateHz of [16_000, 24_000] as const) {
    for (let marker = 0; marker < markerCount; marker++) {
      const frames = throughOpus(markerTone({ marker, durationMs: 240, sampleRateHz }), sampleRateHz)
      const middle = Int16Array.from([...(frames[6] ?? []), ...(frames[7] ?? []), ...(frames[8] ?? [])])
      expect(markerIn(middle, sampleRateHz)).toBe(marker)
    }
  }
})

test('silence and noise carry no marker', () => {
  expect(markerIn(new Int16Array(1_000), 16_000)).toBeUndefined()
  const noise = Int16Array.from({ length: 1_600 }, (_, index) => ((index * 7_919) % 20_011) - 10_000)
  expect(markerIn(noise, 16_000)).toBeUndefined()
})

test('a text always has the same marker', () => {
  expect(markerOfText("That's twenty.")).toBe(markerOfText("That's twenty."))
  expect(new Set(Array.from({ length: 100 }, (_, index) => markerOfText(`That's ${index}.`))).size).toBeGreaterThan(20)
})

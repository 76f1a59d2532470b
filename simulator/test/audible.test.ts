import { expect, test } from 'vitest'
import { audibleRms, firstAudibleSample, lastAudibleSample } from '../src/audible.ts'

const tone = (length: number, amplitude: number) =>
  Array.from({ length }, (_, at) => (at % 2 === 0 ? amplitude : -amplitude))

test('speech begins and ends where it can be heard, not where the file does', () => {
  const samples = Int16Array.from([...tone(100, 5), ...tone(50, 10_000), ...tone(200, 20)])
  expect(firstAudibleSample(samples)).toBe(100)
  expect(lastAudibleSample(samples)).toBe(149)
  expect(audibleRms(samples)).toBeCloseTo(10_000 / 32_768, 5)
})

test('silence has no begin and no end', () => {
  expect(firstAudibleSample(new Int16Array(100))).toBeUndefined()
  expect(lastAudibleSample(new Int16Array(0))).toBeUndefined()
  expect(audibleRms(new Int16Array(10))).toBe(0)
})

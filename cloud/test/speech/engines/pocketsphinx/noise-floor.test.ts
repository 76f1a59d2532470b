import { expect, test } from 'vitest'
import { createNoiseFloor } from '../../../../src/speech/engines/pocketsphinx/noise-floor.ts'

test('silence gets a floor of at most 16 steps, without a bias', () => {
  const floored = createNoiseFloor()(new Int16Array(16_000))
  expect(Math.max(...floored)).toBe(16)
  expect(Math.min(...floored)).toBe(-16)
  expect(Math.abs(floored.reduce((sum, sample) => sum + sample, 0) / floored.length)).toBeLessThan(0.5)
})

test('full scale is not wrapped', () => {
  const floored = createNoiseFloor()(new Int16Array(1_000).fill(32_767))
  expect(Math.min(...floored)).toBeGreaterThan(32_700)
})

test('the same audio gets the same floor, however it is cut', () => {
  const whole = createNoiseFloor()(new Int16Array(960))
  const inPieces = createNoiseFloor()
  expect([...inPieces(new Int16Array(320)), ...inPieces(new Int16Array(640))]).toEqual([...whole])
})

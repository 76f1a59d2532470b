import { expect, test } from 'vitest'
import { progressLine } from '../../../src/speech/models/progress-bar.ts'

test('the bar grows with the share that came', () => {
  const half = progressLine('m', { receivedBytes: 50_000_000, totalBytes: 100_000_000 }, 2_500_000)
  expect(half).toBe('m [==============>             ] 50 % 50.0 of 100.0 MB 2.5 MB/s')
  const whole = progressLine('m', { receivedBytes: 100_000_000, totalBytes: 100_000_000 }, 1_000_000)
  expect(whole).toContain('[============================] 100 %')
})

test('a download of unknown length shows what came', () => {
  expect(progressLine('m', { receivedBytes: 1_500_000, totalBytes: undefined }, 500_000)).toBe('m 1.5 MB 0.5 MB/s')
})

import { expect, test } from 'vitest'
import { drawWaterfall } from '../src/waterfall.ts'

test('bars stand to scale under one another', () => {
  const lines = drawWaterfall([
    { name: 'wake', startMs: 1_000, endMs: 1_240 },
    { name: 'recogniser', startMs: 1_240, endMs: 1_480 },
  ]).split('\n')
  expect(lines).toEqual([
    `wake       │${'█'.repeat(24)}${' '.repeat(24)}│    240 ms`,
    `recogniser │${' '.repeat(24)}${'█'.repeat(24)}│    240 ms`,
    `           └${'─'.repeat(48)}┘    480 ms in all`,
  ])
})

test('a bar too short for a column is still seen, also at the end', () => {
  const lines = drawWaterfall([
    { name: 'a', startMs: 0, endMs: 4_800 },
    { name: 'b', startMs: 4_799, endMs: 4_800 },
  ]).split('\n')
  expect(lines[1]).toBe(`b │${' '.repeat(47)}█│      1 ms`)
})

test('no bars draw nothing', () => {
  expect(drawWaterfall([])).toBe('')
})

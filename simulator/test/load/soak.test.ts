import { expect, test } from 'vitest'
import { growthOf } from '../../src/load/growth.ts'
import { parseSoakOptions } from '../../src/load/soak-options.ts'

const samples = (residentMb: (n: number) => number, descriptors: (n: number) => number = () => 100) =>
  Array.from({ length: 60 }, (_, n) => ({ atMs: n, residentMb: residentMb(n), descriptors: descriptors(n) }))

test('a process that warms up and then stays is flat', () => {
  expect(growthOf(samples((n) => (n < 15 ? 100 + n * 10 : 250 + (n % 3)))).isFlat).toBe(true)
})

test('a process that goes on growing is not, nor is one that keeps its descriptors', () => {
  expect(growthOf(samples((n) => 100 + n * 5)).isFlat).toBe(false)
  expect(
    growthOf(
      samples(
        () => 100,
        (n) => 100 + n * 2,
      ),
    ).isFlat,
  ).toBe(false)
})

test('the command line of a soak takes minutes in parts and refuses nonsense', () => {
  const parsed = parseSoakOptions(['--minutes', '0.5', '--devices', '30', '--streams', '3'])
  expect(parsed).toMatchObject({ ok: true, value: { minutes: 0.5, load: { devices: 30, streams: 3, seconds: 30 } } })
  for (const args of [['--minutes', '0'], ['--streams', '300'], ['--devices', '1.5'], ['--forever']]) {
    expect(parseSoakOptions(args).ok).toBe(false)
  }
})

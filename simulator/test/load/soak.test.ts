import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { expect, test } from 'vitest'
import { crowdDisk } from '../../src/load/disk-crowd.ts'
import { growthOf } from '../../src/load/growth.ts'
import { faultPaceMs } from '../../src/load/soak.ts'
import { alarmsFor } from '../../src/load/soak-alarms.ts'
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

test('faults come every twenty seconds, closer in a short soak, and each at least once where there is time for all', () => {
  expect(faultPaceMs(1_800_000, 10)).toBe(20_000)
  const paceMs = faultPaceMs(150_000, 10)
  expect(paceMs).toBeGreaterThan(8_000)
  expect(10 * paceMs).toBeLessThan(150_000 - 15_000)
  expect(faultPaceMs(30_000, 10)).toBe(8_000)
})

test('an alarm is set in each home that somebody may look into, no two at the same time', () => {
  const homes = [1, 2, 3, 4].map((n) => ({ home_id: `h${n}`, device_ids: n === 3 ? [] : [`d${n}`, `e${n}`] }))
  const person = (login: string, ...home_ids: string[]) => ({ login, password: '', token: `of ${login}`, home_ids })
  const people = [person('a', 'h1', 'h3'), person('b', 'h2')]
  const alarms = alarmsFor({ homes, devices: [], people }, instant('2026-01-01T00:00:00Z').getTime())
  expect(alarms).toEqual([
    { deviceId: 'd1', token: 'of a', firesAt: '2026-01-03T00:00:00.000Z' },
    { deviceId: 'd2', token: 'of b', firesAt: '2026-01-03T00:01:00.000Z' },
  ])
})

test('a crowded disk is measured before and meanwhile, and nothing of it stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mynah-crowd-'))
  try {
    const startedMs = systemClock.now()
    const crowd = await crowdDisk({ clock: systemClock, folder, forMs: 300 }, new AbortController().signal)
    expect(systemClock.now() - startedMs).toBeGreaterThanOrEqual(300)
    expect(crowd.quietMs).toBeGreaterThan(0)
    expect(crowd.crowdedMs).toBeGreaterThan(0)
    expect(await readdir(folder)).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { repositoryRoot } from '../../src/repository.ts'

const preload = join(repositoryRoot, 'simulator/src/time/jumping-clock.mjs')
const clockModule = join(repositoryRoot, 'shared/src/time/clock.ts')
const hourMs = 3_600_000

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mynah-clock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const offsetFile = () => join(folder, 'offset')
const withClock = () => ({ ...process.env, MYNAH_CLOCK_OFFSET_FILE: offsetFile() })

test('a process that starts after the clock was set still agrees with the others about elapsed time', async () => {
  await writeFile(offsetFile(), String(hourMs))
  const program = `
    const { systemClock } = await import(${JSON.stringify(clockModule)})
    console.log(JSON.stringify({ now: systemClock.now(), wall: systemClock.wallTime().getTime(), origin: performance.timeOrigin }))`
  const fromMs = systemClock.now()
  const printed = execFileSync(
    process.execPath,
    ['--import', preload, '--import', 'tsx', '--input-type=module', '-e', program],
    { cwd: repositoryRoot, env: withClock(), encoding: 'utf8' },
  )
  const { now, wall, origin } = JSON.parse(printed) as { now: number; wall: number; origin: number } // printed above
  expect(now).toBeGreaterThan(fromMs)
  expect(now).toBeLessThan(systemClock.now())
  expect(Math.abs(wall - systemClock.wallTime().getTime() - hourMs)).toBeLessThan(60_000)
  expect(Math.abs(origin - systemClock.wallTime().getTime() - hourMs)).toBeLessThan(60_000)
})

test('a process that runs sees its wall clock jump both ways, and its dates are dates', async () => {
  const program = join(folder, 'program.mjs')
  await writeFile(
    program,
    `process.on('message', () => process.send({
      now: Date.now(), made: new Date().getTime(), text: Date.parse(Date()), fixed: new Date(0).toISOString(),
      isDate: new Date() instanceof Date, utc: Date.UTC(1970, 0, 1), elapsed: performance.now(),
    }))`,
  )
  const child = fork(program, [], { execArgv: ['--import', preload], env: withClock() })
  const ask = async () => {
    child.send('ask')
    const [answer] = (await once(child, 'message')) as [Record<string, number | string | boolean>] // sent above
    return answer
  }
  /** Asks until the clock is off by that much: the file is looked at every 50 ms. */
  const untilOffBy = async (offsetMs: number) => {
    for (;;) {
      const answer = await ask()
      if (Math.abs(Number(answer.now) - systemClock.wallTime().getTime() - offsetMs) < 60_000) return answer
      await systemClock.sleep(10)
    }
  }
  try {
    const before = await untilOffBy(0)
    await writeFile(offsetFile(), String(hourMs))
    const ahead = await untilOffBy(hourMs)
    await writeFile(offsetFile(), String(-2 * hourMs))
    const behind = await untilOffBy(-2 * hourMs)
    for (const answer of [before, ahead, behind]) {
      expect(answer).toMatchObject({ fixed: '1970-01-01T00:00:00.000Z', isDate: true, utc: 0 })
      expect(Math.abs(Number(answer.made) - Number(answer.now))).toBeLessThan(1_000)
      expect(Math.abs(Number(answer.text) - Number(answer.now))).toBeLessThan(2_000)
    }
    expect(Number(behind.elapsed)).toBeGreaterThan(Number(before.elapsed))
  } finally {
    child.kill()
  }
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createFaults } from '../../src/load/faults.ts'
import type { LoadSite } from '../../src/load/load-site.ts'

/** The faults of a cloud whose control process is `pid`, with nothing else. */
const faultsOf = (pid: number | undefined) => {
  const clock = createManualClock()
  const offsets: number[] = []
  const cut: number[] = []
  const site = {
    cloud: { pid: () => pid },
    setClock: async (offsetMs: number) => void offsets.push(offsetMs),
    // No more of a site is looked at by the faults under test.
  } as unknown as LoadSite
  const faults = createFaults({ clock, site, cutSpeakers: (share) => void cut.push(share) })
  const inject = (name: string) => {
    const fault = faults.find((each) => each.name === name)
    if (!fault) throw new Error(`no fault is called ${name}`)
    return fault.inject(new AbortController().signal)
  }
  return { clock, faults, offsets, cut, inject }
}

test('after each round the clock is right again, and no two faults have one name', async () => {
  const { faults, offsets, cut, inject } = faultsOf(undefined)
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length)
  for (const { name } of faults.filter((each) => each.name.startsWith('clock'))) await inject(name)
  expect(Math.max(...offsets)).toBeGreaterThan(0)
  expect(Math.min(...offsets)).toBeLessThan(0)
  expect(offsets.at(-1)).toBe(0)
  await inject('connections cut')
  expect(cut).toHaveLength(1)
})

test.skipIf(process.platform !== 'linux')(
  'a process that is stalled stands still, goes on, and may be gone',
  async () => {
    const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"])
    await once(child.stdout, 'data')
    const stateOf = () => /\) (\w)/.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1]
    const { clock, inject } = faultsOf(child.pid)
    try {
      const stalled = inject('control process stalled')
      while (stateOf() !== 'T') await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(2_000)
      expect(stateOf()).toBe('T')
      await clock.advance(2_000)
      expect(await stalled).toBeUndefined()
      while (stateOf() === 'T') await new Promise((resolve) => setImmediate(resolve))
    } finally {
      child.kill('SIGKILL')
    }
    await once(child, 'exit')
    expect(await inject('control process stalled')).toBe('there was no such process')
  },
)

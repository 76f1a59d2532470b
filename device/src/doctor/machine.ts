import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { open, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type { Examination } from './examination.ts'

/** Where the kernel says how the radio is: `wlan0: 0000   54.  -56.  -256 ...`. */
const wirelessPattern = /^ *(\w+): +\S+ +\S+ +(-?\d+)/m

const outputOf = (command: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(command, [...args], { timeout: 2_000 }, (error, output) => resolve(error ? undefined : output))
  })

/** Signal and power save of the first radio; a machine without one has a cable. `procDir` and `iw` are for the tests. */
export const examineWifi = async ({ procDir = '/proc', iw = 'iw' } = {}): Promise<Examination['wifi']> => {
  const file = join(procDir, 'net/wireless')
  const [, name, signal] = wirelessPattern.exec(existsSync(file) ? readFileSync(file, 'utf8') : '') ?? []
  if (name === undefined) return { type: 'cable' }
  const said = await outputOf(iw, ['dev', name, 'get', 'power_save'])
  const powerSave = /Power save: (on|off)/.exec(said ?? '')?.[1]
  return { type: 'wifi', signalDbm: Number(signal), ...(powerSave ? { powerSave: powerSave === 'on' } : {}) }
}

/** A speaker that was never started has no folder yet; it will be made in this one. */
const nearestThere = (folder: string): string => (existsSync(folder) ? folder : nearestThere(dirname(folder)))

/** Room in the folder, and whether a file can be written there and is on the disk. */
export const examineDisk = async (wanted: string): Promise<Examination['disk']> => {
  const folder = nearestThere(wanted)
  const { bavail, bsize } = await statfs(folder)
  const probe = join(folder, '.doctor')
  try {
    const file = await open(probe, 'w')
    await file.write(Buffer.alloc(4_096, 1))
    await file.sync()
    await file.close()
    return { freeBytes: bavail * bsize, writable: true }
  } catch {
    // Whatever refuses it: that is the finding.
    return { freeBytes: bavail * bsize, writable: false }
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

export type ClockDeps = { readonly clock: Clock; readonly fetch: typeof fetch; readonly cloudUrl: string }

/** How far the wall clock is ahead of the cloud's, by the `Date` of an answer: to the second, which is enough. */
export const examineClock = async ({ clock, fetch, cloudUrl }: ClockDeps): Promise<Examination['clock']> => {
  try {
    const answer = await fetch(new URL('/health/live', cloudUrl), { signal: AbortSignal.timeout(2_000) })
    const theirs = instant(answer.headers.get('date') ?? '').getTime()
    return Number.isNaN(theirs) ? {} : { aheadMs: clock.wallTime().getTime() - theirs }
  } catch {
    return {}
  }
}

import { readFileSync } from 'node:fs'

/** Time since this machine started: it goes on through restarts of this program and is never set, as the wall clock is. */
export type BootClock = {
  /** Different after each start of the machine. */
  readonly bootId: string
  readonly uptimeMs: () => number
}

const bootIdPath = '/proc/sys/kernel/random/boot_id'

const bootIdOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    // Not Linux: nobody then knows whether the machine was started in between.
    return undefined
  }
}

/** CLOCK_MONOTONIC, which all processes of one boot share; undefined where boots cannot be told apart. */
export const systemBootClock = (): BootClock | undefined => {
  const bootId = bootIdOf(bootIdPath)
  return bootId === undefined ? undefined : { bootId, uptimeMs: () => Number(process.hrtime.bigint() / 1_000n) / 1_000 }
}

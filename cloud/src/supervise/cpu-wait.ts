import { readFileSync } from 'node:fs'

/** Of the main thread of a process since its start, in ns: how long it ran, and how long it could have run and had no CPU. */
export type CpuTimes = { readonly ranNs: number; readonly waitedNs: number }

/** From `/proc/PID/schedstat`, Documentation/scheduler/sched-stats.rst of Linux; undefined where there is none, and for a process that is gone. */
export const cpuTimesOf = (pid: number): CpuTimes | undefined => {
  try {
    const [ranNs, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').trim().split(' ').map(Number)
    return ranNs === undefined || waitedNs === undefined ? undefined : { ranNs, waitedNs }
  } catch {
    return undefined
  }
}

/** Who hardly wants to run says nothing about the others. */
const leastWantedMs = 100

/** Pure: whether it waited longer than it ran. */
export const isStarved = (before: CpuTimes, after: CpuTimes): boolean => {
  const ranNs = after.ranNs - before.ranNs
  const waitedNs = after.waitedNs - before.waitedNs
  return waitedNs > ranNs && ranNs + waitedNs > leastWantedMs * 1e6
}

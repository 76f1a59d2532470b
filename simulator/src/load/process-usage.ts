import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** What one process has used since it began, and holds now. */
export type ProcessUsage = {
  readonly pid: number
  readonly parentPid: number
  readonly command: string
  readonly cpuMs: number
  readonly residentBytes: number
  readonly descriptors: number
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. */
const msPerTick = 10
const pageBytes = 4_096

const read = (pid: number): ProcessUsage | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces; what follows it does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [, parentPid, , , , , , , , , , user, system] = fields.map(Number)
    const resident = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    return {
      pid,
      parentPid: parentPid ?? 0,
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
      cpuMs: ((user ?? 0) + (system ?? 0)) * msPerTick,
      residentBytes: resident * pageBytes,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
    }
  } catch {
    // It ended meanwhile, or this system has no /proc: nothing is known of it.
    return undefined
  }
}

const allProcesses = (): readonly ProcessUsage[] => {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : []))
  } catch {
    return []
  }
}

/** A process and all that descend from it; empty where the system does not tell (anything but Linux). */
export const processTree = (rootPid: number): readonly ProcessUsage[] => {
  const all = allProcesses()
  const inTree = new Set([rootPid])
  for (let size = 0; size < inTree.size; ) {
    size = inTree.size
    for (const { pid, parentPid } of all) if (inTree.has(parentPid)) inTree.add(pid)
  }
  return all.filter(({ pid }) => inTree.has(pid))
}

/** The part of the cloud that a process is. */
export const partOfCloud = ({ command }: Pick<ProcessUsage, 'command'>): 'control' | 'audio' | 'live' | 'speech' => {
  if (command.includes('main-worker')) return 'audio'
  if (command.includes('main-live')) return 'live'
  return /--role speech|scripted-speech/.test(command) ? 'speech' : 'control'
}

/** CPU time of the whole machine since its start, in ms over all cores. */
export const machineTimes = (): { readonly idleMs: number; readonly allMs: number } => {
  const times = cpus().map((core) => core.times)
  const idleMs = times.reduce((sum, { idle }) => sum + idle, 0)
  const allMs = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { idleMs, allMs }
}

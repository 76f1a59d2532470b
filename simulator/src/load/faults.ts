import type { Clock } from '@mynah/shared/time/clock.ts'
import { crowdDisk } from './disk-crowd.ts'
import type { LoadSite } from './load-site.ts'
import { partOfCloud, processTree } from './process-usage.ts'

/** Something that goes wrong on purpose. */
export type Fault = {
  readonly name: string
  /** What it is like, for somebody who reads the report. */
  readonly likeness: string
  /** Resolves when it is over; with what was seen of it, where there is something to see. */
  readonly inject: (signal: AbortSignal) => Promise<string | undefined>
}

const hourMs = 3_600_000
const cutShare = 1 / 3
/** Shorter than it takes the control process to end a worker that gives no answer. */
const partitionMs = 4_000
const stallMs = 3_000
const crowdMs = 5_000

/** A process that has ended meanwhile is past all signals; answers whether it was there. */
const signalTo = (pid: number | undefined, name: NodeJS.Signals): boolean => {
  if (pid === undefined) return false
  try {
    return process.kill(pid, name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** It runs no instruction for so long, and then goes on: what its peers see is a network that carries nothing. */
const suspend = async (pid: number | undefined, forMs: number, { clock }: { readonly clock: Clock }) => {
  if (!signalTo(pid, 'SIGSTOP')) return 'there was no such process'
  // Not cut short by a signal: whoever stops the soak must not leave a process stopped.
  await clock.sleep(forMs)
  signalTo(pid, 'SIGCONT')
  return undefined
}

/** In the order in which they come, round after round: some while the clock is wrong. */
export const createFaults = (deps: {
  readonly clock: Clock
  readonly site: LoadSite
  readonly cutSpeakers: (share: number) => void
}): readonly Fault[] => {
  const { clock, site } = deps
  const pidOf = (part: 'audio' | 'live') =>
    processTree(site.cloud.pid() ?? 0).find((each) => partOfCloud(each) === part)?.pid
  const workerPid = () => pidOf('audio')
  /** What shows nothing of itself. */
  const doing = (act: () => unknown) => async () => {
    await act()
    return undefined
  }
  const setClock = (offsetMs: number) => doing(() => site.setClock(offsetMs))
  return [
    { name: 'clock one hour ahead', likeness: 'the wall clock jumps forward', inject: setClock(hourMs) },
    {
      name: 'live process killed',
      likeness: 'all browsers lose their connection and come back',
      inject: doing(() => signalTo(pidOf('live'), 'SIGKILL')),
    },
    {
      name: 'audio worker killed',
      likeness: 'its conversations are lost, its successor takes the port',
      inject: doing(() => signalTo(workerPid(), 'SIGKILL')),
    },
    {
      name: 'speech server killed',
      likeness: 'recogniser and voice crash and come back',
      inject: doing(() => site.speech?.restart()),
    },
    { name: 'clock one hour behind', likeness: 'the wall clock jumps back by two hours', inject: setClock(-hourMs) },
    {
      name: 'connections cut',
      likeness: 'a third of the speakers loses the network',
      inject: doing(() => deps.cutSpeakers(cutShare)),
    },
    {
      name: 'audio worker cut off',
      likeness: `no word between it and the rest for ${partitionMs / 1_000} s`,
      inject: () => suspend(workerPid(), partitionMs, deps),
    },
    { name: 'clock right again', likeness: 'the wall clock jumps forward', inject: setClock(0) },
    {
      name: 'speech server cut off',
      likeness: `no word between it and the rest for ${partitionMs / 1_000} s`,
      inject: () => suspend(site.speech?.pid(), partitionMs, deps),
    },
    {
      name: 'control process stalled',
      likeness: `as a virtual machine that is moved: nothing for ${stallMs / 1_000} s`,
      inject: () => suspend(site.cloud.pid(), stallMs, deps),
    },
    {
      name: 'disk crowded',
      likeness: `others write as fast as they can for ${crowdMs / 1_000} s`,
      inject: async (signal) => {
        const { quietMs, crowdedMs } = await crowdDisk({ clock, folder: site.dataDir, forMs: crowdMs }, signal)
        return `4 KiB on disk in ${quietMs.toFixed(0)} ms before, ${crowdedMs.toFixed(0)} ms meanwhile`
      },
    },
  ]
}

import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Principals } from '../auth/principals.ts'
import type { ChangeStore } from '../store/change-store.ts'
import type { Speakers } from './speakers.ts'

export type CatchUp = {
  /** Reads again what was changed since the last time, by whichever process. Some microseconds when there was nothing. */
  readonly now: () => void
  /** The same by the clock, for browsers that only listen, until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type CatchUpDeps = {
  readonly clock: Pick<Clock, 'sleep'>
  readonly changes: ChangeStore
  readonly speakers: Pick<Speakers, 'reload'>
  readonly principals: Pick<Principals, 'forget'>
  /** How late browsers that only listen may be. */
  readonly everyMs: number
}

/** Keeps what this process holds in memory true to what the processes beside it write: a gateway, its bridge, the command line. */
export const createCatchUp = ({ clock, changes, speakers, principals, everyMs }: CatchUpDeps): CatchUp => {
  const now = () => {
    const changed = changes.sinceLast()
    if (changed === undefined) return
    for (const deviceId of changed.deviceIds) speakers.reload(deviceId)
    if (changed.callers) principals.forget()
  }
  return {
    now,
    run: async (signal) => {
      while (!signal.aborted) {
        now()
        await clock.sleep(everyMs, signal)
      }
    },
  }
}

import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { AlertKeeper } from './alert-keeper.ts'

export type DiskRoomDeps = {
  readonly clock: Pick<Clock, 'sleep'>
  readonly log: Log
  /** Of the disk on which the database lies. */
  readonly freeBytes: () => Promise<number>
  readonly keeper: Pick<AlertKeeper, 'begin' | 'end' | 'lasts'>
}

const everyMs = 60_000
/** With less the disk is almost full: a backup and a release would no longer fit. */
export const leastFreeBytes = 500_000_000
/** Cleared only here, so that a value at the edge does not chatter. */
const clearBytes = 1_000_000_000
const place = { homeId: null, kind: 'low_disk', subject: 'cloud' } as const

/** Watches the room on the cloud's disk until `signal` aborts. */
export const watchDiskRoom = async (deps: DiskRoomDeps, signal: AbortSignal): Promise<void> => {
  const { clock, log, freeBytes, keeper } = deps
  const look = async () => {
    const free = await freeBytes()
    if (free < leastFreeBytes) {
      const detail = { free_bytes: free }
      if (!keeper.lasts(place)) log.warn('the disk of the cloud is almost full', { freeBytes: free })
      keeper.begin({ ...place, deviceId: null, severity: 'critical', detail })
    } else if (free >= clearBytes) keeper.end(place)
  }
  while (!signal.aborted) {
    await look().catch((error: unknown) => log.warn('the room on the disk cannot be read', { error }))
    await clock.sleep(everyMs, signal)
  }
}

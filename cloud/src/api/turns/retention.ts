import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ApiStores } from '../../store/api-stores.ts'

type SweepDeps = { readonly clock: Clock; readonly log: Log; readonly stores: Pick<ApiStores, 'archive' | 'logins'> }

/** Hourly, so that "keep nothing" means an hour and not a day. */
const everyMs = 3_600_000

/** Deletes what is older than its owner wants it kept, at the start and then each hour, until `signal` aborts. */
export const runRetention = async ({ clock, log, stores }: SweepDeps, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const removed = stores.archive.sweep()
    stores.logins.sweep()
    if (removed > 0) log.info('old turns are deleted', { removed })
    await clock.sleep(everyMs, signal)
  }
}

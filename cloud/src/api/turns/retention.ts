import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { AlertStore } from '../../store/alert-store.ts'
import type { ApiStores } from '../../store/api-stores.ts'
import type { AuditStore } from '../../store/audit-store.ts'
import type { EnrolmentStore } from '../../store/enrolment-store.ts'
import type { SoundStore } from '../../store/sound-store.ts'

type SweepDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly stores: Pick<ApiStores, 'archive' | 'logins'>
  readonly alerts: Pick<AlertStore, 'sweep'>
  readonly enrolment: Pick<EnrolmentStore, 'sweep'>
  readonly audit: Pick<AuditStore, 'sweep'>
}
type LostSoundsDeps = { readonly log: Log; readonly sounds: Pick<SoundStore, 'removeDropped' | 'removeUnknown'> }

/** Hourly, so that "keep nothing" means an hour and not a day. */
const everyMs = 3_600_000

/**
 * Once, by the process that writes sounds and before it writes any: a file without a row is otherwise one whose row comes in a
 * moment. Those are gone when this returns; what was deleted before goes after that.
 */
export const removeLostSounds = async ({ log, sounds }: LostSoundsDeps): Promise<void> => {
  // A backup that was taken over knows nothing of what came after it.
  const unknown = sounds.removeUnknown()
  if (unknown > 0) log.warn('sounds without a turn are removed', { unknown })
  await sounds.removeDropped()
}

/** Deletes what is older than its owner wants it kept, at the start and then each hour, until `signal` aborts. */
export const runRetention = async (deps: SweepDeps, signal: AbortSignal): Promise<void> => {
  const { clock, log, stores, alerts, enrolment, audit } = deps
  while (!signal.aborted) {
    const removed = await stores.archive.sweep(signal)
    await stores.logins.sweep(signal)
    await alerts.sweep(signal)
    await enrolment.sweep(signal)
    await audit.sweep(signal)
    if (removed > 0) log.info('old turns are deleted', { removed })
    await clock.sleep(everyMs, signal)
  }
}

import type { Log } from '@mynah/shared/log/log.ts'
import type { Result } from '@mynah/shared/result.ts'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { InstallFailure, Offer } from './installer.ts'

export type UpdaterDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly install: (offer: Offer, signal: AbortSignal) => Promise<Result<unknown, InstallFailure>>
  /** The release is in place: end, so that the launcher starts it. */
  readonly restart: () => void
  readonly onState: (state: { readonly code: string; readonly message: string }) => void
}

/** Follows what the cloud offers: the newest offer alone, again and again while the network or a trial is in its way. */
export type Updater = {
  /** Null: nothing is offered any more; what is under way stops. */
  readonly offer: (offer: Offer | null) => void
  readonly run: (signal: AbortSignal) => Promise<void>
}

const worthAnotherTry: ReadonlySet<InstallFailure['code']> = new Set([
  'unreachable',
  'refused',
  'damaged',
  'no_room',
  'not_unpacked',
  'on_trial',
])
const baseMs = 30_000
const maxMs = 3_600_000
/** Each try of these writes the whole release to the card, and finds most likely what it found before. */
const wearing: ReadonlySet<InstallFailure['code']> = new Set(['damaged', 'not_unpacked'])
const wearingMaxMs = 86_400_000

export const createUpdater = (deps: UpdaterDeps): Updater => {
  const { clock, log } = deps
  let wanted: Offer | undefined
  let changed = new AbortController()

  const follow = async (offer: Offer, signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const installed = await deps.install(offer, signal)
      if (installed.ok) return deps.restart()
      if (signal.aborted) return
      const { code, message } = installed.error
      log.warn('a release is not installed', { release: offer.release_id, code, why: message })
      deps.onState({ code, message: message.slice(0, 500) })
      if (!worthAnotherTry.has(code)) return
      const limitMs = wearing.has(code) ? wearingMaxMs : maxMs
      await clock.sleep(backoffDelayMs({ attempt, baseMs, maxMs: limitMs, random: deps.random }), signal)
    }
  }
  return {
    offer: (offer) => {
      // The same offer comes with every connection: the broker keeps it.
      if (offer?.release_id === wanted?.release_id) return
      wanted = offer ?? undefined
      changed.abort()
    },
    run: async (signal) => {
      while (!signal.aborted) {
        changed = new AbortController()
        const { signal: changedNow } = changed
        const stop = () => changed.abort()
        signal.addEventListener('abort', stop, { once: true })
        if (wanted) await follow(wanted, changedNow)
        await untilAborted(changedNow)
        signal.removeEventListener('abort', stop)
      }
    },
  }
}

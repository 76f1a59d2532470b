import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { AlertPlace, AlertStore, KeptAlert, NewAlert } from '../store/alert-store.ts'
import type { LiveHub } from './hub.ts'

/** What goes wrong: kept in the store, told to browsers, remembered over a restart and seen by the processes beside this one. */
export type AlertKeeper = {
  /** Something begins to last; nothing when it lasts already. */
  readonly begin: (alert: NewAlert) => void
  /** It is over; nothing when it did not last. `detail` is told in place of what was told at its beginning. */
  readonly end: (place: AlertPlace, detail?: NewAlert['detail']) => void
  /** Something happened and is over; browsers are told by whoever noticed it. */
  readonly note: (alert: NewAlert) => void
  readonly lasts: (place: AlertPlace) => boolean
  /** Of these homes, oldest first. */
  readonly lastingIn: (homeIds: readonly string[]) => readonly KeptAlert[]
  /** Follows what other processes write, if there are any, until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type AlertKeeperDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly store: AlertStore
  readonly hub: Pick<LiveHub, 'publish'>
  /** Whether another process writes to the same database: a gateway and its bridge. */
  readonly isShared: boolean
}

/** How late a gateway may be with what its bridge has seen. */
const lookEveryMs = 2_000

const keyOf = ({ homeId, kind, subject }: AlertPlace) => `${homeId ?? ''} ${kind} ${subject}`

export const createAlertKeeper = ({ clock, log, store, hub, isShared }: AlertKeeperDeps): AlertKeeper => {
  const lasting = new Map(store.lasting().map((alert) => [keyOf(alert), alert]))
  /** Up to here all that others wrote is known; what this process wrote after it stands in `own`. */
  let seen = store.newestRevision()
  const own = new Set<number>()
  let others = store.changesOfOthers()

  const tell = (state: 'raised' | 'cleared', { homeId, deviceId, kind, severity, detail }: NewAlert) => {
    // What concerns the cloud itself is nobody's home's to hear of: it stands in the list of who runs the cloud.
    if (homeId === null) return
    const fields = { state, kind, severity: state === 'raised' ? severity : 'info', detail }
    hub.publish({ type: 'alert', home_id: homeId, device_id: deviceId ?? '', fields })
  }
  const take = (alert: KeptAlert, detail = alert.detail) => {
    const key = keyOf(alert)
    if (alert.endedAt === null) lasting.set(key, alert)
    else if (!lasting.delete(key)) return
    tell(alert.endedAt === null ? 'raised' : 'cleared', { ...alert, detail })
  }
  /** An alert that cannot be kept (a full disk) must not take down the turn or the report that raised it. */
  const written = (what: () => KeptAlert | undefined): KeptAlert | undefined => {
    try {
      const alert = what()
      if (alert && isShared) own.add(alert.revision)
      return alert
    } catch (error) {
      log.error('an alert could not be kept', { error })
      return undefined
    }
  }
  const look = () => {
    const newest = store.newestRevision()
    const now = store.changesOfOthers()
    if (now === others) {
      // Read before it was known that nobody else had written: all up to here is this process's own.
      seen = newest
      own.clear()
      return
    }
    others = now
    for (const alert of store.changedAfter(seen)) {
      seen = alert.revision
      if (!own.delete(alert.revision)) take(alert)
    }
    // A home that is gone took its alerts with it.
    const there = new Set(store.lasting().map(keyOf))
    for (const key of lasting.keys()) if (!there.has(key)) lasting.delete(key)
  }
  return {
    begin: (alert) => {
      if (lasting.has(keyOf(alert))) return
      const kept = written(() => store.begin(alert))
      if (kept) take(kept)
    },
    end: (place, detail) => {
      if (!lasting.has(keyOf(place))) return
      const kept = written(() => store.end(place))
      // Ended by another process meanwhile: `look` tells of it.
      if (kept) take(kept, detail)
    },
    note: (alert) => void written(() => store.note(alert)),
    lasts: (place) => lasting.has(keyOf(place)),
    lastingIn: (homeIds) => {
      const mine = new Set(homeIds)
      return [...lasting.values()].filter(({ homeId }) => homeId !== null && mine.has(homeId))
    },
    run: async (signal) => {
      while (isShared && !signal.aborted) {
        look()
        await clock.sleep(lookEveryMs, signal)
      }
    },
  }
}

import type { systemEndpoints } from '@mynah/shared/api/system.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { PartName, PartStatus } from '../../gateway/pages.ts'
import type { ProviderHealth } from '../../homes/provider-health.ts'
import { leastFreeBytes } from '../../live/disk-room.ts'
import type { ApiStores } from '../../store/api-stores.ts'
import type { Backup, Backups } from '../../store/backups.ts'
import type { Store } from '../../store/open-store.ts'
import { type Actions, done, type NamesOf, notFound } from '../action.ts'
import { auditPage } from '../audit-page.ts'
import { turnMetricsOf } from './turn-metrics.ts'

export type SystemDeps = {
  readonly clock: Clock
  readonly stores: ApiStores
  readonly store: Pick<Store, 'audit' | 'backUpBeside' | 'schemaVersion'>
  readonly backups: Backups
  readonly parts: () => Promise<readonly PartStatus[]>
  /** Of the disk on which the database lies. */
  readonly freeBytes: () => Promise<number>
  readonly providerHealth: ProviderHealth
  readonly version: string
  readonly startedAt: string
}

const defaultHours = 24
const note =
  'A copy can be read only with the master key (keys/master.key in the data folder): keep the key in another place. What was deleted from the database lives on in older copies until they are deleted too.'

const shown = ({ name, madeAt, sizeBytes, restorePending }: Backup) => ({
  name,
  made_at: madeAt,
  size_bytes: sizeBytes,
  restore_pending: restorePending,
})

/** For people only: a cloud whose disk fills up goes on working for a while, and must not be taken out of service for it. */
const diskPart = async (freeBytes: SystemDeps['freeBytes']): Promise<PartStatus> => {
  const name: PartName = 'disk'
  const free = await freeBytes().catch(() => undefined)
  if (free === undefined) return { name, ready: false, detail: 'cannot be read' }
  const detail = `${Math.round(free / 1_000_000)} MB free`
  return { name, ready: free >= leastFreeBytes, detail, facts: { free_bytes: free } }
}

/** The cloud itself: health, versions, copies of the database, figures. */
export const systemActions = (deps: SystemDeps): Actions<NamesOf<typeof systemEndpoints>> => {
  const { clock, stores, store, backups } = deps
  return {
    getHealth: async ({ principal }) => {
      const homeIds = [...principal.homes.keys()]
      const [parted, disk, providers] = await Promise.all([
        deps.parts(),
        diskPart(deps.freeBytes),
        deps.providerHealth(homeIds),
      ])
      const parts = [...parted, disk].map(({ name, ready, detail, facts = {} }) => ({ name, ready, detail, facts }))
      const status = parts.every(({ ready }) => ready) ? ('ready' as const) : ('not_ready' as const)
      return done({ status, parts, providers: [...providers] })
    },
    getAbout: () =>
      done({
        version: deps.version,
        node_version: process.versions.node,
        schema_version: store.schemaVersion(),
        started_at: deps.startedAt,
        licence: 'Apache-2.0',
      }),
    getTurnMetrics: async ({ homeIds, query, signal }) => {
      const wanted = query.home_id === undefined ? homeIds : homeIds.filter((homeId) => homeId === query.home_id)
      if (query.home_id !== undefined && wanted.length === 0) return notFound()
      return done(
        await turnMetricsOf(
          { archive: stores.archive, clock },
          { homeIds: wanted, hours: query.hours ?? defaultHours },
          signal,
        ),
      )
    },
    listBackups: () => done({ items: backups.list().map(shown), note }),
    createBackup: async ({ principal }) => {
      const name = (await store.backUpBeside('manual')).split(/[/\\]/).at(-1) ?? ''
      store.audit.add({ actor: principal.actor, action: 'backup_made', target: name })
      const made = backups.find(name)
      return made ? done(shown(made)) : notFound()
    },
    downloadBackup: ({ params, principal }) => {
      const name = params.backup_name
      if (!backups.find(name)) return notFound()
      store.audit.add({ actor: principal.actor, action: 'backup_downloaded', target: name })
      return { type: 'file', bytes: backups.open(name), contentType: 'application/vnd.sqlite3', fileName: name }
    },
    deleteBackup: ({ params, principal }) => {
      if (!backups.find(params.backup_name)) return notFound()
      backups.remove(params.backup_name)
      store.audit.add({ actor: principal.actor, action: 'backup_removed', target: params.backup_name })
      return done(undefined)
    },
    restoreBackup: ({ params, principal }) => {
      const name = params.backup_name
      if (!backups.find(name)) return notFound()
      store.audit.add({ actor: principal.actor, action: 'restore_planned', target: name })
      backups.planRestore(name)
      const planned = backups.find(name)
      return planned ? done(shown(planned)) : notFound()
    },
    cancelRestore: ({ params, principal }) => {
      if (!backups.find(params.backup_name)?.restorePending) return notFound()
      backups.cancelRestore()
      store.audit.add({ actor: principal.actor, action: 'restore_cancelled', target: params.backup_name })
      return done(undefined)
    },
    listSystemAudit: ({ query }) => auditPage(store.audit, { homeId: null, query }),
  }
}

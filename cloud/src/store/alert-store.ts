import { type AlertRecord, alertDetailSchema, alertKindSchema, alertSeveritySchema } from '@mynah/shared/api/alerts.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { inSlices, sliceRows } from './in-slices.ts'
import { instantColumn, jsonColumn, readRow } from './row.ts'

/** What cannot have two alerts of one kind at a time: a speaker, or an engine (`stage`) of a home. */
export type AlertPlace = {
  /** Null: the cloud itself. */
  readonly homeId: string | null
  readonly kind: AlertRecord['kind']
  readonly subject: string
}
export type NewAlert = AlertPlace & {
  readonly deviceId: string | null
  readonly severity: AlertRecord['severity']
  readonly detail: AlertRecord['detail']
}
export type KeptAlert = NewAlert & {
  readonly alertId: number
  readonly at: string
  /** Null while it lasts; the same as `at` for what only happens. */
  readonly endedAt: string | null
  /** Grows with every change of any alert. */
  readonly revision: number
}

export type AlertQuery = {
  readonly homeIds: readonly string[]
  /** Whether what concerns the cloud itself is in it. */
  readonly withCloud: boolean
  /** What lasted or happened at any time between these; ISO 8601 in UTC. */
  readonly since?: string
  readonly until?: string
  readonly kind?: string
  /** Only what is older than this one. */
  readonly before?: number
  readonly limit: number
}

export type AlertStore = {
  /** Something begins to last; undefined when it lasts already, whoever wrote that. */
  readonly begin: (alert: NewAlert) => KeptAlert | undefined
  /** It is over; undefined when it did not last. */
  readonly end: (place: AlertPlace) => KeptAlert | undefined
  /** Something happened and is over. */
  readonly note: (alert: NewAlert) => KeptAlert
  /** Oldest first. */
  readonly lasting: () => readonly KeptAlert[]
  /** Newest first. */
  readonly page: (query: AlertQuery) => readonly KeptAlert[]
  /** What changed after this revision, in the order of the changes. */
  readonly changedAfter: (revision: number) => readonly KeptAlert[]
  readonly newestRevision: () => number
  /** Another number whenever another process has changed the database. */
  readonly changesOfOthers: () => number
  /** Deletes what is over and old, or more than is kept of a home, in slices until `signal` aborts. Resolves with how many. */
  readonly sweep: (signal: AbortSignal) => Promise<number>
}

const keptMs = 90 * 86_400_000
const keptPerHome = 2_000

const alertRow = v.object({
  alert_id: v.number(),
  home_id: v.nullable(v.string()),
  device_id: v.nullable(v.string()),
  kind: alertKindSchema,
  subject: v.string(),
  severity: alertSeveritySchema,
  detail: jsonColumn(alertDetailSchema),
  at: instantColumn,
  ended_at: v.nullable(instantColumn),
  revision: v.number(),
})

const read = (raw: unknown): KeptAlert => {
  const row = readRow(alertRow, raw, 'alerts')
  const { alert_id: alertId, home_id: homeId, device_id: deviceId, ended_at: endedAt, ...rest } = row
  return { ...rest, alertId, homeId, deviceId, endedAt }
}

/** From the time of day on, so that it grows also after the newest rows were deleted with their home. */
const nextRevision = '(SELECT max(coalesce(max(revision), 0) + 1, @now_ms) FROM alerts)'

const prepare = (db: Database.Database) => ({
  insert: db.prepare(`
    INSERT INTO alerts (home_id, device_id, kind, subject, severity, detail, at, ended_at, revision)
    VALUES (@home_id, @device_id, @kind, @subject, @severity, @detail, @at, @ended_at, ${nextRevision})
    ON CONFLICT DO NOTHING RETURNING *`),
  end: db.prepare(`
    UPDATE alerts SET ended_at = @at, revision = ${nextRevision}
    WHERE coalesce(home_id, '') = @home_id AND kind = @kind AND subject = @subject AND ended_at IS NULL RETURNING *`),
  lasting: db.prepare('SELECT * FROM alerts INDEXED BY alerts_that_last WHERE ended_at IS NULL ORDER BY alert_id'),
  // Of each home no more than a page, by an index that is in this order. A home that is null: the cloud itself.
  page: db.prepare(`
    SELECT a.* FROM (SELECT value AS home_id FROM json_each(@home_ids) UNION ALL SELECT NULL WHERE @with_cloud) AS home
    CROSS JOIN alerts AS a ON a.alert_id IN (
      SELECT alert_id FROM alerts WHERE home_id IS home.home_id AND alert_id < @before
        AND (@kind IS NULL OR kind = @kind)
        AND (@until IS NULL OR at < @until) AND (@since IS NULL OR ended_at IS NULL OR ended_at >= @since)
      ORDER BY alert_id DESC LIMIT @limit)
    ORDER BY a.alert_id DESC LIMIT @limit`),
  changedAfter: db.prepare('SELECT * FROM alerts WHERE revision > ? ORDER BY revision'),
  newest: db.prepare<[], { revision: number | null }>('SELECT max(revision) AS revision FROM alerts'),
  removeOld: db.prepare<[string, number]>(
    'DELETE FROM alerts WHERE alert_id IN (SELECT alert_id FROM alerts WHERE ended_at < ? LIMIT ?)',
  ),
  removeSurplus: db.prepare(`
    DELETE FROM alerts WHERE alert_id IN (
      SELECT alert_id FROM alerts WHERE home_id IS @home_id AND ended_at IS NOT NULL AND alert_id <= (
        SELECT alert_id FROM alerts WHERE home_id IS @home_id ORDER BY alert_id DESC LIMIT 1 OFFSET @kept)
      LIMIT @limit)`),
  nextHome: db.prepare<[string], string | null>('SELECT min(home_id) FROM alerts WHERE home_id > ?').pluck(),
})

export const createAlertStore = ({ db, clock }: { db: Database.Database; clock: Clock }): AlertStore => {
  const statements = prepare(db)
  const times = () => {
    const now = clock.wallTime()
    return { at: now.toISOString(), now_ms: now.getTime() }
  }
  const add = ({ homeId, deviceId, detail, ...alert }: NewAlert, isOver: boolean) => {
    const now = times()
    const row = { ...alert, ...now, home_id: homeId, device_id: deviceId, detail: JSON.stringify(detail) }
    return statements.insert.get({ ...row, ended_at: isOver ? now.at : null })
  }
  return {
    begin: (alert) => {
      const row = add(alert, false)
      return row === undefined ? undefined : read(row)
    },
    end: ({ homeId, kind, subject }) => {
      const row = statements.end.get({ ...times(), home_id: homeId ?? '', kind, subject })
      return row === undefined ? undefined : read(row)
    },
    note: (alert) => read(add(alert, true)),
    lasting: () => statements.lasting.all().map(read),
    page: ({ homeIds, withCloud, since, until, kind, before, limit }) =>
      statements.page
        .all({
          home_ids: JSON.stringify(homeIds),
          with_cloud: withCloud ? 1 : 0,
          since: since ?? null,
          until: until ?? null,
          kind: kind ?? null,
          before: before ?? Number.MAX_SAFE_INTEGER,
          limit,
        })
        .map(read),
    changedAfter: (revision) => statements.changedAfter.all(revision).map(read),
    newestRevision: () => statements.newest.get()?.revision ?? 0,
    changesOfOthers: () => Number(db.pragma('data_version', { simple: true })),
    sweep: async (signal) => {
      const before = instant(clock.wallTime().getTime() - keptMs).toISOString()
      let removed = await inSlices(clock, (limit) => statements.removeOld.run(before, limit).changes, signal)
      // The cloud itself, then one home after the other.
      for (let [homeId, seen]: [string | null, number] = [null, 1]; !signal.aborted; seen++) {
        const surplus = { home_id: homeId, kept: keptPerHome }
        removed += await inSlices(clock, (limit) => statements.removeSurplus.run({ ...surplus, limit }).changes, signal)
        homeId = statements.nextHome.get(homeId ?? '') ?? null
        if (homeId === null) break
        if (seen % sliceRows === 0) await clock.sleep(0, signal)
      }
      return removed
    },
  }
}

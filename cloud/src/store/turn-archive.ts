import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, instantColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'
import { type TurnRecord, toRecord } from './turn-store.ts'

export type Feedback = { readonly verdict: 'right' | 'wrong'; readonly note: string | null }
export type ArchivedTurn = TurnRecord & { readonly homeId: string; readonly feedback: Feedback | null }

export type TurnFilter = {
  /** Only turns of these homes; none: nothing is found. */
  readonly homeIds: readonly string[]
  readonly deviceId?: string
  readonly from?: string
  readonly to?: string
  readonly language?: string
  readonly outcome?: string
  readonly answeredBy?: string
  readonly feedback?: string
}
/** The place of a turn in the order newest first. */
export type TurnPosition = { readonly startedAt: string; readonly sessionId: string }

export type TurnFigures = {
  readonly startedAt: string
  readonly outcome: string | null
  readonly stage: string | null
  readonly code: string | null
  readonly timings: Readonly<Record<string, number>>
}

/** What people do with the history of turns: read, judge, delete. The session machine writes it (turn-store.ts). */
export type TurnArchive = {
  readonly page: (filter: TurnFilter, after: TurnPosition | undefined, limit: number) => readonly ArchivedTurn[]
  readonly find: (sessionId: string) => ArchivedTurn | undefined
  readonly homeOf: (sessionId: string) => string | undefined
  readonly conversation: (conversationId: string, homeId: string) => readonly TurnPosition[]
  readonly countOfDevice: (deviceId: string, homeId: string) => number
  readonly figures: (homeIds: readonly string[], from: string, limit: number) => readonly TurnFigures[]
  readonly setFeedback: (sessionId: string, feedback: Feedback | undefined) => void
  /** Deleted from the file too: freed pages are overwritten and the write-ahead log is emptied. Returns how many. */
  readonly remove: (
    which:
      | { readonly sessionId: string }
      | { readonly deviceId: string; readonly homeId: string }
      | { readonly homeId: string },
  ) => number
  readonly retentionOf: (deviceId: string) => number | null
  readonly setRetention: (deviceId: string, keepDays: number | null) => void
  /** Deletes what is older than its speaker's retention. Returns how many. */
  readonly sweep: () => number
}

const feedbackColumns = v.object({
  home_id: v.string(),
  verdict: v.nullable(v.picklist(['right', 'wrong'])),
  note_sealed: v.nullable(blobColumn),
})
const figuresRow = v.object({
  started_at: instantColumn,
  outcome: v.nullable(v.string()),
  stage: v.nullable(v.string()),
  code: v.nullable(v.string()),
  timings: v.string(),
})
const dayMs = 86_400_000
const notePlace = (sessionId: string) => `turn_feedback.note_sealed/${sessionId}`
const joined = 'SELECT t.*, f.verdict, f.note_sealed FROM turns AS t LEFT JOIN turn_feedback AS f USING (session_id)'
const inHomes = 'home_id IN (SELECT value FROM json_each(@home_ids))'

const prepare = (db: Database.Database) => ({
  page: db.prepare(`${joined} WHERE ${inHomes}
    AND (@device_id IS NULL OR device_id = @device_id) AND (@from IS NULL OR started_at >= @from) AND (@to IS NULL OR started_at < @to)
    AND (@language IS NULL OR language = @language) AND (@outcome IS NULL OR outcome = @outcome)
    AND (@answered_by IS NULL OR answered_by = @answered_by) AND (@feedback IS NULL OR verdict = @feedback)
    AND (@after_at IS NULL OR (started_at, session_id) < (@after_at, @after_id))
    ORDER BY started_at DESC, session_id DESC LIMIT @limit`),
  find: db.prepare<[string]>(`${joined} WHERE session_id = ?`),
  homeOf: db.prepare<[string], { home_id: string }>('SELECT home_id FROM turns WHERE session_id = ?'),
  conversation: db.prepare<[string, string], { session_id: string; started_at: string }>(
    'SELECT session_id, started_at FROM turns WHERE home_id = ? AND conversation_id = ? ORDER BY started_at LIMIT 200',
  ),
  count: db.prepare<[string, string], { count: number }>(
    'SELECT count(*) AS count FROM turns WHERE device_id = ? AND home_id = ?',
  ),
  figures: db.prepare(`
    SELECT started_at, outcome, stage, code, timings FROM turns WHERE ${inHomes} AND started_at >= @from
    ORDER BY started_at DESC LIMIT @limit`),
  setFeedback: db.prepare(`
    INSERT INTO turn_feedback (session_id, verdict, note_sealed, given_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (session_id) DO UPDATE SET verdict = excluded.verdict, note_sealed = excluded.note_sealed, given_at = excluded.given_at`),
  clearFeedback: db.prepare('DELETE FROM turn_feedback WHERE session_id = ?'),
  remove: db.prepare(`
    DELETE FROM turns WHERE (@session_id IS NULL OR session_id = @session_id) AND (@device_id IS NULL OR device_id = @device_id)
      AND (@home_id IS NULL OR home_id = @home_id)`),
  retention: db.prepare<[string], { keep_days: number }>('SELECT keep_days FROM retention WHERE device_id = ?'),
  retentions: db.prepare<[], { device_id: string; keep_days: number }>('SELECT device_id, keep_days FROM retention'),
  setRetention: db.prepare(
    'INSERT INTO retention (device_id, keep_days) VALUES (?, ?) ON CONFLICT (device_id) DO UPDATE SET keep_days = excluded.keep_days',
  ),
  clearRetention: db.prepare('DELETE FROM retention WHERE device_id = ?'),
  removeOld: db.prepare('DELETE FROM turns WHERE device_id = ? AND started_at <= ? AND outcome IS NOT NULL'),
})

const filterRow = (filter: TurnFilter) => ({
  home_ids: JSON.stringify(filter.homeIds),
  device_id: filter.deviceId ?? null,
  from: filter.from ?? null,
  to: filter.to ?? null,
  language: filter.language ?? null,
  outcome: filter.outcome ?? null,
  answered_by: filter.answeredBy ?? null,
  feedback: filter.feedback ?? null,
})

export const createTurnArchive = (deps: {
  readonly db: Database.Database
  readonly sealer: Sealer
  readonly clock: Clock
}): TurnArchive => {
  const { db, sealer, clock } = deps
  const statements = prepare(db)
  const read = (raw: unknown): ArchivedTurn => {
    const turn = toRecord(sealer, raw)
    const row = readRow(feedbackColumns, raw, 'turns')
    const note = row.note_sealed ? sealer.openText(row.note_sealed, notePlace(turn.sessionId)) : null
    return { ...turn, homeId: row.home_id, feedback: row.verdict === null ? null : { verdict: row.verdict, note } }
  }
  /** What was deleted must not live on in the log; a reader that holds it back is met again at the next sweep. */
  const emptyLog = () => void db.pragma('wal_checkpoint(TRUNCATE)')
  const remove = (which: Partial<Record<'sessionId' | 'deviceId' | 'homeId', string>>): number => {
    const { sessionId, deviceId, homeId } = which
    if (sessionId === undefined && deviceId === undefined && homeId === undefined) return 0
    const row = { session_id: sessionId ?? null, device_id: deviceId ?? null, home_id: homeId ?? null }
    const { changes } = statements.remove.run(row)
    emptyLog()
    return changes
  }
  const sweep = db.transaction((): number => {
    const nowMs = clock.wallTime().getTime()
    let removed = 0
    for (const { device_id, keep_days } of statements.retentions.all()) {
      removed += statements.removeOld.run(device_id, instant(nowMs - keep_days * dayMs).toISOString()).changes
    }
    return removed
  })
  return {
    page: (filter, after, limit) =>
      statements.page
        .all({ ...filterRow(filter), after_at: after?.startedAt ?? null, after_id: after?.sessionId ?? null, limit })
        .map(read),
    find: (sessionId) => {
      const row = statements.find.get(sessionId)
      return row === undefined ? undefined : read(row)
    },
    homeOf: (sessionId) => statements.homeOf.get(sessionId)?.home_id,
    conversation: (conversationId, homeId) =>
      statements.conversation
        .all(homeId, conversationId)
        .map(({ session_id, started_at }) => ({ sessionId: session_id, startedAt: started_at })),
    countOfDevice: (deviceId, homeId) => statements.count.get(deviceId, homeId)?.count ?? 0,
    figures: (homeIds, from, limit) =>
      statements.figures.all({ home_ids: JSON.stringify(homeIds), from, limit }).map((raw) => {
        const row = readRow(figuresRow, raw, 'turns')
        const timings: Record<string, number> = JSON.parse(row.timings)
        return { startedAt: row.started_at, outcome: row.outcome, stage: row.stage, code: row.code, timings }
      }),
    setFeedback: (sessionId, feedback) => {
      if (!feedback) return void statements.clearFeedback.run(sessionId)
      const note = feedback.note ? sealer.sealText(feedback.note, notePlace(sessionId)) : null
      statements.setFeedback.run(sessionId, feedback.verdict, note, clock.wallTime().toISOString())
    },
    remove,
    retentionOf: (deviceId) => statements.retention.get(deviceId)?.keep_days ?? null,
    setRetention: (deviceId, keepDays) =>
      void (keepDays === null
        ? statements.clearRetention.run(deviceId)
        : statements.setRetention.run(deviceId, keepDays)),
    sweep: () => {
      const removed = sweep.immediate()
      emptyLog()
      return removed
    },
  }
}

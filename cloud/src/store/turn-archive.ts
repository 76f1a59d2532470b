import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, instantColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'
import type { SoundStore } from './sound-store.ts'
import { type TurnRecord, toRecord } from './turn-store.ts'

export type Feedback = { readonly verdict: 'right' | 'wrong'; readonly note: string | null }
/** What was kept of the sound of a turn, in milliseconds. */
export type SoundLengths = { readonly heardMs: number; readonly spokenMs: number }
export type ArchivedTurn = TurnRecord & {
  readonly homeId: string
  readonly feedback: Feedback | null
  readonly sound: SoundLengths | null
}

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

export type RemovedTurns =
  | { readonly sessionId: string }
  | { readonly deviceId: string; readonly homeId: string }
  | { readonly homeId: string }
  | { readonly deviceIds: readonly string[] }

/** What people do with the history of turns: read, judge, delete. The session machine writes it (turn-store.ts). */
export type TurnArchive = {
  readonly page: (filter: TurnFilter, after: TurnPosition | undefined, limit: number) => readonly ArchivedTurn[]
  readonly find: (sessionId: string) => ArchivedTurn | undefined
  readonly homeOf: (sessionId: string) => string | undefined
  readonly conversation: (conversationId: string, homeId: string) => readonly TurnPosition[]
  readonly countOfDevice: (deviceId: string, homeId: string) => number
  readonly figures: (homeIds: readonly string[], from: string, limit: number) => readonly TurnFigures[]
  readonly setFeedback: (sessionId: string, feedback: Feedback | undefined) => void
  /** Deleted from the files too: freed pages are overwritten, the write-ahead log is emptied, sounds are removed. Returns how many. */
  readonly remove: (which: RemovedTurns) => number
  /** Homes in which somebody has talked to a browser. */
  readonly homesOfBrowsers: () => readonly string[]
  /** Deletes what is older than its speaker, or else its home, wants it kept. Returns how many. */
  readonly sweep: () => number
}

const joinedColumns = v.object({
  home_id: v.string(),
  verdict: v.nullable(v.picklist(['right', 'wrong'])),
  note_sealed: v.nullable(blobColumn),
  sound_heard_ms: v.nullable(v.number()),
  sound_spoken_ms: v.nullable(v.number()),
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
const joined = `
  SELECT t.*, f.verdict, f.note_sealed, s.heard_ms AS sound_heard_ms, s.spoken_ms AS sound_spoken_ms FROM turns AS t
  LEFT JOIN turn_feedback AS f USING (session_id) LEFT JOIN turn_sounds AS s USING (session_id)`
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
  removeTurn: db.prepare<[string]>('DELETE FROM turns WHERE session_id = ?'),
  removeOfDevice: db.prepare<[string, string]>('DELETE FROM turns WHERE device_id = ? AND home_id = ?'),
  removeOfHome: db.prepare<[string]>('DELETE FROM turns WHERE home_id = ?'),
  removeOfDevices: db.prepare<[string]>('DELETE FROM turns WHERE device_id IN (SELECT value FROM json_each(?))'),
  // Every id of a browser, and none of a speaker: the character after '-' is '.'.
  homesOfBrowsers: db
    .prepare<[], string>("SELECT DISTINCT home_id FROM turns WHERE device_id >= 'browser-' AND device_id < 'browser.'")
    .pluck(),
  deviceRetentions: db.prepare<[], { device_id: string; home_id: string; keep_days: number }>(
    'SELECT device_id, home_id, keep_days FROM device_retention WHERE keep_days IS NOT NULL',
  ),
  homeRetentions: db.prepare<[], { home_id: string; keep_days: number }>(
    'SELECT home_id, keep_days FROM home_retention WHERE keep_days IS NOT NULL',
  ),
  removeOldOfDevice: db.prepare(
    'DELETE FROM turns WHERE device_id = ? AND home_id = ? AND started_at <= ? AND outcome IS NOT NULL',
  ),
  removeOldOfHome: db.prepare(`
    DELETE FROM turns WHERE home_id = @home_id AND started_at <= @until AND outcome IS NOT NULL AND device_id NOT IN
      (SELECT device_id FROM device_retention WHERE home_id = @home_id AND keep_days IS NOT NULL)`),
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
  readonly sounds: Pick<SoundStore, 'removeDropped'>
}): TurnArchive => {
  const { db, sealer, clock, sounds } = deps
  const statements = prepare(db)
  const read = (raw: unknown): ArchivedTurn => {
    const turn = toRecord(sealer, raw)
    const row = readRow(joinedColumns, raw, 'turns')
    const note = row.note_sealed ? sealer.openText(row.note_sealed, notePlace(turn.sessionId)) : null
    const { sound_heard_ms: heardMs, sound_spoken_ms: spokenMs } = row
    return {
      ...turn,
      homeId: row.home_id,
      feedback: row.verdict === null ? null : { verdict: row.verdict, note },
      sound: heardMs === null || spokenMs === null ? null : { heardMs, spokenMs },
    }
  }
  /** What was deleted must not live on in the log; a reader that holds it back is met again at the next sweep. */
  const emptyLog = () => {
    sounds.removeDropped()
    db.pragma('wal_checkpoint(TRUNCATE)')
  }
  /** One statement for each: each has an index of its own, and no turn waits while all of them are looked through. */
  const removeRows = (which: RemovedTurns) => {
    if ('sessionId' in which) return statements.removeTurn.run(which.sessionId)
    if ('deviceIds' in which) return statements.removeOfDevices.run(JSON.stringify(which.deviceIds))
    if ('deviceId' in which) return statements.removeOfDevice.run(which.deviceId, which.homeId)
    return statements.removeOfHome.run(which.homeId)
  }
  const remove = (which: RemovedTurns): number => {
    const { changes } = removeRows(which)
    emptyLog()
    return changes
  }
  const sweep = db.transaction((): number => {
    const nowMs = clock.wallTime().getTime()
    const before = (days: number) => instant(nowMs - days * dayMs).toISOString()
    let removed = 0
    for (const { device_id, home_id, keep_days } of statements.deviceRetentions.all()) {
      removed += statements.removeOldOfDevice.run(device_id, home_id, before(keep_days)).changes
    }
    for (const { home_id, keep_days } of statements.homeRetentions.all()) {
      removed += statements.removeOldOfHome.run({ home_id, until: before(keep_days) }).changes
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
    homesOfBrowsers: () => statements.homesOfBrowsers.all(),
    sweep: () => {
      const removed = sweep.immediate()
      emptyLog()
      return removed
    },
  }
}

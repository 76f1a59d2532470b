import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { inSlices, sliceRows } from './in-slices.ts'
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

export type TurnFigures = TurnPosition & {
  readonly outcome: string | null
  readonly stage: string | null
  readonly code: string | null
  readonly timings: Readonly<Record<string, number>>
}

export type FiguresWithin = { readonly from: string; readonly before?: TurnPosition }

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
  /** Of one home, newest first; `before` is left out. */
  readonly figures: (homeId: string, within: FiguresWithin, limit: number) => readonly TurnFigures[]
  readonly setFeedback: (sessionId: string, feedback: Feedback | undefined) => void
  /**
   * Deleted from the files too: freed pages are overwritten, the write-ahead log is emptied, sounds are removed. Slice by slice: tens of
   * thousands of turns take seconds. Resolves with how many.
   */
  readonly remove: (which: RemovedTurns) => Promise<number>
  /** Homes in which somebody has talked to a browser. */
  readonly homesOfBrowsers: () => readonly string[]
  /**
   * Deletes what is older than its speaker, or else its home, wants it kept, and what is left of homes that are gone, in slices until
   * `signal` aborts. Resolves with how many.
   */
  readonly sweep: (signal: AbortSignal) => Promise<number>
}

const joinedColumns = v.object({
  home_id: v.string(),
  verdict: v.nullable(v.picklist(['right', 'wrong'])),
  note_sealed: v.nullable(blobColumn),
  sound_heard_ms: v.nullable(v.number()),
  sound_spoken_ms: v.nullable(v.number()),
})
const figuresRow = v.object({
  session_id: v.string(),
  started_at: instantColumn,
  outcome: v.nullable(v.string()),
  stage: v.nullable(v.string()),
  code: v.nullable(v.string()),
  timings: v.string(),
})
/** A speaker and a home in which it has turns; `keep_days` null: until somebody deletes them. */
const keptRow = v.object({
  device_id: v.string(),
  home_id: v.string(),
  home_gone: v.number(),
  keep_days: v.nullable(v.number()),
})
type Kept = v.InferOutput<typeof keptRow>
const dayMs = 86_400_000
const notePlace = (sessionId: string) => `turn_feedback.note_sealed/${sessionId}`
const joinedFrom =
  'SELECT t.*, f.verdict, f.note_sealed, s.heard_ms AS sound_heard_ms, s.spoken_ms AS sound_spoken_ms FROM'
const joins = 'LEFT JOIN turn_feedback AS f USING (session_id) LEFT JOIN turn_sounds AS s USING (session_id)'

/**
 * Newest first, of the homes that are asked for: of each no more than a page, by an index that is in this order, so a page of a year's
 * turns costs what one of a day's does. `+` keeps a condition away from the choice of the index. Every parameter is always there: a
 * bound that may be absent would be none for the index.
 */
const pageOf = (whose: string): string => `
  ${joinedFrom} json_each(@home_ids) AS home CROSS JOIN turns AS t ON t.rowid IN (
    SELECT rowid FROM turns WHERE ${whose} AND started_at >= @from AND started_at <= @until
      AND +started_at < @to AND (+started_at, +session_id) < (@after_at, @after_id)
      AND (@language IS NULL OR language = @language) AND (@outcome IS NULL OR outcome = @outcome)
      AND (@answered_by IS NULL OR answered_by = @answered_by)
      AND (@feedback IS NULL OR session_id IN (SELECT session_id FROM turn_feedback WHERE verdict = @feedback))
    ORDER BY started_at DESC, session_id DESC LIMIT @limit)
  ${joins} ORDER BY t.started_at DESC, t.session_id DESC LIMIT @limit`

const removeSome = (which: string): string =>
  `DELETE FROM turns WHERE rowid IN (SELECT rowid FROM turns WHERE ${which} LIMIT @limit)`

const prepare = (db: Database.Database) => ({
  page: db.prepare(pageOf('home_id = home.value')),
  pageOfDevice: db.prepare(pageOf('device_id = @device_id AND home_id = home.value')),
  find: db.prepare<[string]>(`${joinedFrom} turns AS t ${joins} WHERE session_id = ?`),
  homeOf: db.prepare<[string], { home_id: string }>('SELECT home_id FROM turns WHERE session_id = ?'),
  conversation: db.prepare<[string, string], { session_id: string; started_at: string }>(
    'SELECT session_id, started_at FROM turns WHERE home_id = ? AND conversation_id = ? ORDER BY started_at LIMIT 200',
  ),
  count: db.prepare<[string, string], { count: number }>(
    'SELECT count(*) AS count FROM turns WHERE device_id = ? AND home_id = ?',
  ),
  figures: db.prepare(`
    SELECT session_id, started_at, outcome, stage, code, timings FROM turns
    WHERE home_id = @home_id AND started_at >= @from AND started_at <= @before_at
      AND (+started_at, +session_id) < (@before_at, @before_id)
    ORDER BY started_at DESC, session_id DESC LIMIT @limit`),
  setFeedback: db.prepare(`
    INSERT INTO turn_feedback (session_id, verdict, note_sealed, given_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (session_id) DO UPDATE SET verdict = excluded.verdict, note_sealed = excluded.note_sealed, given_at = excluded.given_at`),
  clearFeedback: db.prepare('DELETE FROM turn_feedback WHERE session_id = ?'),
  removeTurn: db.prepare('DELETE FROM turns WHERE session_id = @session_id'),
  removeOfDevice: db.prepare(removeSome('device_id = @device_id AND home_id = @home_id')),
  removeOfHome: db.prepare(removeSome('home_id = @home_id')),
  removeOfDevices: db.prepare(removeSome('device_id IN (SELECT value FROM json_each(@device_ids))')),
  // Every id of a browser, and none of a speaker: the character after '-' is '.'.
  homesOfBrowsers: db
    .prepare<[], string>("SELECT DISTINCT home_id FROM turns WHERE device_id >= 'browser-' AND device_id < 'browser.'")
    .pluck(),
  removeOld: db.prepare(
    removeSome('device_id = @device_id AND home_id = @home_id AND started_at <= @until AND outcome IS NOT NULL'),
  ),
  // Whoever has turns in a home, one after the other, by the index of speakers.
  nextKept: db.prepare(`
    SELECT device_id, home_id, NOT EXISTS (SELECT 1 FROM homes WHERE home_id = t.home_id) AS home_gone,
      coalesce(
        (SELECT keep_days FROM device_retention WHERE device_id = t.device_id AND home_id = t.home_id),
        (SELECT keep_days FROM home_retention WHERE home_id = t.home_id)) AS keep_days
    FROM turns AS t WHERE (device_id, home_id) > (@device_id, @home_id) ORDER BY device_id, home_id LIMIT 1`),
})

/** After every instant. */
const never = '~'

const filterRow = (filter: TurnFilter, after: TurnPosition | undefined) => {
  const { from = '', to = never } = filter
  const { startedAt = never, sessionId = '' } = after ?? {}
  return {
    home_ids: JSON.stringify(filter.homeIds),
    from,
    to,
    until: [startedAt, to].toSorted()[0],
    after_at: startedAt,
    after_id: sessionId,
    language: filter.language ?? null,
    outcome: filter.outcome ?? null,
    answered_by: filter.answeredBy ?? null,
    feedback: filter.feedback ?? null,
  }
}

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
  const emptyLog = async () => {
    await sounds.removeDropped()
    db.pragma('wal_checkpoint(TRUNCATE)')
  }
  /** One statement for each: each has an index of its own, and no turn waits while all of them are looked through. */
  const removeSomeOf = (which: RemovedTurns) => (limit: number) => {
    if ('sessionId' in which) return statements.removeTurn.run({ session_id: which.sessionId }).changes
    if ('deviceIds' in which) {
      return statements.removeOfDevices.run({ device_ids: JSON.stringify(which.deviceIds), limit }).changes
    }
    const { homeId: home_id } = which
    if (!('deviceId' in which)) return statements.removeOfHome.run({ home_id, limit }).changes
    return statements.removeOfDevice.run({ device_id: which.deviceId, home_id, limit }).changes
  }
  const remove = async (which: RemovedTurns): Promise<number> => {
    const removed = await inSlices(clock, removeSomeOf(which))
    await emptyLog()
    return removed
  }
  const removeOld = ({ device_id, home_id, home_gone, keep_days }: Kept, nowMs: number) => {
    if (home_gone === 1) return (limit: number) => statements.removeOfDevice.run({ device_id, home_id, limit }).changes
    if (keep_days === null) return undefined
    const until = instant(nowMs - keep_days * dayMs).toISOString()
    return (limit: number) => statements.removeOld.run({ device_id, home_id, until, limit }).changes
  }
  const sweep = async (signal: AbortSignal): Promise<number> => {
    const nowMs = clock.wallTime().getTime()
    let last = { device_id: '', home_id: '' }
    let removed = 0
    for (let seen = 1; !signal.aborted; seen++) {
      const raw = statements.nextKept.get(last)
      if (raw === undefined) break
      const kept = readRow(keptRow, raw, 'turns')
      const take = removeOld(kept, nowMs)
      if (take) removed += await inSlices(clock, take, signal)
      last = { device_id: kept.device_id, home_id: kept.home_id }
      if (seen % sliceRows === 0) await clock.sleep(0, signal)
    }
    await emptyLog()
    return removed
  }
  return {
    page: (filter, after, limit) => {
      const { deviceId } = filter
      const wanted = { ...filterRow(filter, after), limit }
      const rows =
        deviceId === undefined
          ? statements.page.all(wanted)
          : statements.pageOfDevice.all({ ...wanted, device_id: deviceId })
      return rows.map(read)
    },
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
    figures: (homeId, { from, before = { startedAt: never, sessionId: '' } }, limit) =>
      statements.figures
        .all({ home_id: homeId, from, before_at: before.startedAt, before_id: before.sessionId, limit })
        .map((raw) => {
          const { session_id, started_at, timings: text, ...row } = readRow(figuresRow, raw, 'turns')
          const timings: Record<string, number> = JSON.parse(text)
          return { ...row, sessionId: session_id, startedAt: started_at, timings }
        }),
    setFeedback: (sessionId, feedback) => {
      if (!feedback) return void statements.clearFeedback.run(sessionId)
      const note = feedback.note ? sealer.sealText(feedback.note, notePlace(sessionId)) : null
      statements.setFeedback.run(sessionId, feedback.verdict, note, clock.wallTime().toISOString())
    },
    remove,
    homesOfBrowsers: () => statements.homesOfBrowsers.all(),
    sweep,
  }
}

import type { Clock } from '@mynah/shared/time/clock.ts'
import { languageSchema } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import type { ClosedTurn, OpenedTurn, TurnRecorder } from '../bridge/session/ports.ts'
import { blobColumn, instantColumn, jsonColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'

const numbers = v.record(v.string(), v.number())
const turnRow = v.object({
  session_id: v.string(),
  device_id: v.string(),
  conversation_id: v.string(),
  language: languageSchema,
  trigger_type: v.string(),
  speaker_name: v.nullable(v.string()),
  wake_word: v.nullable(v.string()),
  score: v.nullable(v.number()),
  started_at: instantColumn,
  ended_at: v.nullable(instantColumn),
  heard_sealed: v.nullable(blobColumn),
  reply_sealed: v.nullable(blobColumn),
  heard_reply_sealed: v.nullable(blobColumn),
  answered_by: v.nullable(v.string()),
  tools: jsonColumn(v.array(v.string())),
  outcome: v.nullable(v.string()),
  stage: v.nullable(v.string()),
  code: v.nullable(v.string()),
  timings: jsonColumn(numbers),
  heard_ms: v.nullable(v.number()),
  device_audio: v.nullable(jsonColumn(numbers)),
  uplink_audio: v.nullable(jsonColumn(numbers)),
})

/** One turn as people read it; `outcome` is absent while it runs. Times are ISO 8601, durations milliseconds. */
export type TurnRecord = {
  readonly sessionId: string
  readonly deviceId: string
  readonly conversationId: string
  readonly language: string
  readonly trigger: string
  readonly speakerName?: string
  readonly wakeWord?: string
  readonly score?: number
  readonly startedAt: string
  readonly endedAt?: string
  readonly heard: string
  readonly reply: string
  readonly heardReply: string
  readonly answeredBy?: string
  readonly tools: readonly string[]
  readonly outcome?: string
  readonly failure?: { readonly stage: string; readonly code: string }
  readonly timings: Readonly<Record<string, number>>
  readonly heardMs?: number
  readonly deviceAudio?: Readonly<Record<string, number>>
  readonly uplinkAudio?: Readonly<Record<string, number>>
}

export type TurnStore = TurnRecorder & {
  /** Newest first. */
  readonly list: (query: { readonly limit: number; readonly deviceId?: string }) => readonly TurnRecord[]
  readonly find: (sessionId: string) => TurnRecord | undefined
  /** Ends every turn that an earlier process left open, as `failed` (bridge, cloud_restarted). Returns how many. */
  readonly closeLeftOpen: () => number
  readonly openCount: () => number
}

type TurnStoreDeps = { readonly db: Database.Database; readonly sealer: Sealer; readonly clock: Clock }

const columns = Object.keys(turnRow.entries).join(', ')
const place = (column: string, sessionId: string) => `turns.${column}/${sessionId}`

/** Reads a row of `turns` and opens what is sealed in it. */
export const toRecord = (sealer: Sealer, raw: unknown): TurnRecord => {
  const row = readRow(turnRow, raw, 'turns')
  const text = (column: 'heard_sealed' | 'reply_sealed' | 'heard_reply_sealed') => {
    const sealed = row[column]
    return sealed ? sealer.openText(sealed, place(column, row.session_id)) : ''
  }
  return {
    sessionId: row.session_id,
    deviceId: row.device_id,
    conversationId: row.conversation_id,
    language: row.language,
    trigger: row.trigger_type,
    ...(row.speaker_name !== null && { speakerName: row.speaker_name }),
    ...(row.wake_word !== null && { wakeWord: row.wake_word }),
    ...(row.score !== null && { score: row.score }),
    startedAt: row.started_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    heard: text('heard_sealed'),
    reply: text('reply_sealed'),
    heardReply: text('heard_reply_sealed'),
    ...(row.answered_by !== null && { answeredBy: row.answered_by }),
    tools: row.tools,
    ...(row.outcome !== null && { outcome: row.outcome }),
    ...(row.stage !== null && { failure: { stage: row.stage, code: row.code ?? 'unknown' } }),
    timings: row.timings,
    ...(row.heard_ms !== null && { heardMs: row.heard_ms }),
    ...(row.device_audio !== null && { deviceAudio: row.device_audio }),
    ...(row.uplink_audio !== null && { uplinkAudio: row.uplink_audio }),
  }
}

const prepareTurnStatements = (db: Database.Database) => ({
  open: db.prepare(`
    INSERT INTO turns (session_id, device_id, home_id, conversation_id, language, trigger_type, speaker_name, wake_word, score, started_at)
    VALUES (@session_id, @device_id, @home_id, @conversation_id, @language, @trigger_type, @speaker_name, @wake_word, @score, @started_at)
    ON CONFLICT (session_id) DO NOTHING`),
  // Only an open turn can be closed: whoever comes second changes nothing.
  close: db.prepare(`
    UPDATE turns SET ended_at = @ended_at, heard_sealed = @heard_sealed, reply_sealed = @reply_sealed,
      heard_reply_sealed = @heard_reply_sealed, answered_by = @answered_by, tools = @tools, outcome = @outcome,
      stage = @stage, code = @code, timings = @timings, heard_ms = @heard_ms,
      device_audio = @device_audio, uplink_audio = @uplink_audio
    WHERE session_id = @session_id AND outcome IS NULL`),
  closeLeftOpen: db.prepare(`
    UPDATE turns SET outcome = 'failed', stage = 'bridge', code = 'cloud_restarted', ended_at = ? WHERE outcome IS NULL`),
  list: db.prepare(
    `SELECT ${columns} FROM turns WHERE (@device_id IS NULL OR device_id = @device_id) ORDER BY started_at DESC LIMIT @limit`,
  ),
  find: db.prepare<[string]>(`SELECT ${columns} FROM turns WHERE session_id = ?`),
  openCount: db.prepare<[], { count: number }>(
    'SELECT count(*) AS count FROM turns INDEXED BY turns_open WHERE outcome IS NULL',
  ),
})

const openedRow = (turn: OpenedTurn) => ({
  session_id: turn.sessionId,
  device_id: turn.deviceId,
  home_id: turn.homeId,
  conversation_id: turn.conversationId,
  language: turn.language,
  trigger_type: turn.trigger,
  speaker_name: turn.speakerName ?? null,
  wake_word: turn.wakeWord ?? null,
  score: turn.score ?? null,
  started_at: turn.startedAt.toISOString(),
})

const closedRow = (sealer: Sealer, turn: ClosedTurn) => {
  const sealed = (column: string, text: string) =>
    text === '' ? null : sealer.sealText(text, place(column, turn.sessionId))
  return {
    session_id: turn.sessionId,
    ended_at: turn.endedAt.toISOString(),
    heard_sealed: sealed('heard_sealed', turn.heardText),
    reply_sealed: sealed('reply_sealed', turn.replyText),
    heard_reply_sealed: sealed('heard_reply_sealed', turn.heardReplyText),
    answered_by: turn.answeredBy ?? null,
    tools: JSON.stringify(turn.toolsCalled),
    outcome: turn.outcome,
    stage: turn.error?.stage ?? null,
    code: turn.error?.code ?? null,
    timings: JSON.stringify(turn.timings),
    heard_ms: turn.timings.heard ?? null,
    device_audio: turn.deviceAudio ? JSON.stringify(turn.deviceAudio) : null,
    uplink_audio: turn.uplinkAudio ? JSON.stringify(turn.uplinkAudio) : null,
  }
}

/** The history of turns; what was said and answered is sealed, the figures are not. Every write is on disk when it returns. */
export const createTurnStore = ({ db, sealer, clock }: TurnStoreDeps): TurnStore => {
  const statements = prepareTurnStatements(db)
  return {
    open: (turn) => statements.open.run(openedRow(turn)).changes === 1,
    close: (turn) => void statements.close.run(closedRow(sealer, turn)),
    list: ({ limit, deviceId }) =>
      statements.list.all({ limit, device_id: deviceId ?? null }).map((row) => toRecord(sealer, row)),
    find: (sessionId) => {
      const row = statements.find.get(sessionId)
      return row === undefined ? undefined : toRecord(sealer, row)
    },
    closeLeftOpen: () => statements.closeLeftOpen.run(clock.wallTime().toISOString()).changes,
    openCount: () => statements.openCount.get()?.count ?? 0,
  }
}

import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { inSlices } from './in-slices.ts'
import { instantColumn, readRow } from './row.ts'
import { newRecordId, newSecretToken, secretTokenHash } from './secret-token.ts'

const loginRow = v.object({
  login_id: v.string(),
  person_id: v.string(),
  user_agent: v.string(),
  created_at: instantColumn,
  last_used_at: instantColumn,
})
export type Login = v.InferOutput<typeof loginRow>

export type EndReason =
  | 'logged_out'
  | 'logged_out_everywhere'
  | 'password_changed'
  | 'refresh_reused'
  | 'ended_by_person'

export type Rotated =
  | { readonly type: 'renewed'; readonly loginId: string; readonly personId: string; readonly refreshToken: string }
  /** A token that was used before came again: somebody else has it, so the whole login was ended. */
  | { readonly type: 'reused'; readonly loginId: string; readonly personId: string }
  | { readonly type: 'ended' }

export type LoginStore = {
  readonly begin: (personId: string, userAgent: string) => { readonly loginId: string; readonly refreshToken: string }
  /** Takes a refresh token for the next one of its login (RFC 9700 section 4.14.2). */
  readonly rotate: (refreshToken: string) => Rotated
  readonly isLive: (loginId: string) => boolean
  readonly listOf: (personId: string) => readonly Login[]
  /** Which login a refresh token belongs to, also a used one. */
  readonly ownerOf: (refreshToken: string) => { readonly loginId: string; readonly personId: string } | undefined
  readonly end: (loginId: string, why: EndReason) => boolean
  readonly endAllOf: (personId: string, why: EndReason, except?: string) => number
  /** Forgets logins that ended or expired, and tokens that were taken for the next, more than 30 days ago; in slices until `signal` aborts. */
  readonly sweep: (signal: AbortSignal) => Promise<void>
}

const day = 86_400_000
/** Without use for so long a login is over. */
const idleMs = 30 * day
const rememberedMs = 30 * day

const prepare = (db: Database.Database) => ({
  insert: db.prepare(
    'INSERT INTO logins (login_id, person_id, user_agent, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  ),
  insertToken: db.prepare('INSERT INTO refresh_tokens (token_hash, login_id, created_at) VALUES (?, ?, ?)'),
  findToken: db.prepare<
    [Uint8Array],
    { login_id: string; person_id: string; used_at: string | null; ended_at: string | null; expires_at: string }
  >(`
    SELECT login_id, person_id, used_at, ended_at, expires_at FROM refresh_tokens JOIN logins USING (login_id) WHERE token_hash = ?`),
  useToken: db.prepare('UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL'),
  touch: db.prepare('UPDATE logins SET last_used_at = ?, expires_at = ? WHERE login_id = ?'),
  live: db.prepare<[string, string]>('SELECT 1 FROM logins WHERE login_id = ? AND ended_at IS NULL AND expires_at > ?'),
  list: db.prepare<[string, string]>(`
    SELECT login_id, person_id, user_agent, created_at, last_used_at FROM logins
    WHERE person_id = ? AND ended_at IS NULL AND expires_at > ? ORDER BY last_used_at DESC`),
  end: db.prepare('UPDATE logins SET ended_at = ?, ended_why = ? WHERE login_id = ? AND ended_at IS NULL'),
  endAll: db.prepare(`
    UPDATE logins SET ended_at = ?, ended_why = ? WHERE person_id = ? AND ended_at IS NULL AND login_id <> ?`),
  removeOld: db.prepare<[string, number]>(
    'DELETE FROM logins WHERE rowid IN (SELECT rowid FROM logins WHERE coalesce(ended_at, expires_at) < ? LIMIT ?)',
  ),
  // A panel that is always open takes a new one some hundred times a day.
  removeUsed: db.prepare<[string, number]>(
    'DELETE FROM refresh_tokens WHERE token_hash IN (SELECT token_hash FROM refresh_tokens WHERE used_at < ? LIMIT ?)',
  ),
})

/** Logins of people: a family of refresh tokens each, of which only the newest works. */
export const createLoginStore = ({ db, clock }: { db: Database.Database; clock: Clock }): LoginStore => {
  const statements = prepare(db)
  const at = (offsetMs = 0) => instant(clock.wallTime().getTime() + offsetMs).toISOString()
  const issue = (loginId: string) => {
    const token = newSecretToken()
    statements.insertToken.run(secretTokenHash(token), loginId, at())
    return token
  }
  const begin = db.transaction((personId: string, userAgent: string) => {
    const loginId = newRecordId()
    statements.insert.run(loginId, personId, userAgent.slice(0, 200), at(), at(), at(idleMs))
    return { loginId, refreshToken: issue(loginId) }
  })
  const rotate = db.transaction((refreshToken: string): Rotated => {
    const hash = secretTokenHash(refreshToken)
    const row = statements.findToken.get(hash)
    if (!row || row.ended_at !== null || row.expires_at <= at()) return { type: 'ended' }
    const { login_id: loginId, person_id: personId } = row
    if (statements.useToken.run(at(), hash).changes !== 1) {
      statements.end.run(at(), 'refresh_reused', loginId)
      return { type: 'reused', loginId, personId }
    }
    statements.touch.run(at(), at(idleMs), loginId)
    return { type: 'renewed', loginId, personId, refreshToken: issue(loginId) }
  })
  return {
    begin: (personId, userAgent) => begin.immediate(personId, userAgent),
    rotate: (refreshToken) => rotate.immediate(refreshToken),
    isLive: (loginId) => statements.live.get(loginId, at()) !== undefined,
    listOf: (personId) => statements.list.all(personId, at()).map((row) => readRow(loginRow, row, 'logins')),
    ownerOf: (refreshToken) => {
      const row = statements.findToken.get(secretTokenHash(refreshToken))
      return row && { loginId: row.login_id, personId: row.person_id }
    },
    end: (loginId, why) => statements.end.run(at(), why, loginId).changes === 1,
    endAllOf: (personId, why, except = '') => statements.endAll.run(at(), why, personId, except).changes,
    sweep: async (signal) => {
      const before = at(-rememberedMs)
      // Tokens first: what goes with a login is then little.
      await inSlices(clock, (limit) => statements.removeUsed.run(before, limit).changes, signal)
      await inSlices(clock, (limit) => statements.removeOld.run(before, limit).changes, signal)
    },
  }
}

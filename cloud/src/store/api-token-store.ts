import { type Scope, scopes } from '@mynah/shared/api/endpoint.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { instantColumn, jsonColumn, readRow } from './row.ts'
import { newRecordId, newSecretToken, secretTokenHash } from './secret-token.ts'

const tokenRow = v.object({
  token_id: v.string(),
  person_id: v.string(),
  name: v.string(),
  scopes: jsonColumn(v.array(v.picklist(scopes))),
  created_at: instantColumn,
  expires_at: v.nullable(instantColumn),
  last_used_at: v.nullable(instantColumn),
})
export type ApiToken = v.InferOutput<typeof tokenRow>

/** Tells an API token from every other credential, also for scanners of leaked secrets. */
export const apiTokenPrefix = 'mynah_'

export type ApiTokenStore = {
  readonly add: (token: {
    readonly personId: string
    readonly name: string
    readonly scopes: readonly Scope[]
    readonly validMs?: number
  }) => { readonly token: string; readonly view: ApiToken }
  /** The token and, at most once a minute, a note that it was used. Undefined when unknown or expired. */
  readonly redeem: (token: string) => ApiToken | undefined
  readonly listOf: (personId: string) => readonly ApiToken[]
  readonly remove: (personId: string, tokenId: string) => boolean
}

const noteEveryMs = 60_000

export const createApiTokenStore = ({ db, clock }: { db: Database.Database; clock: Clock }): ApiTokenStore => {
  const columns = Object.keys(tokenRow.entries).join(', ')
  const insert = db.prepare(`
    INSERT INTO api_tokens (token_id, token_hash, person_id, name, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`)
  const find = db.prepare<[Uint8Array]>(`SELECT ${columns} FROM api_tokens WHERE token_hash = ?`)
  const list = db.prepare<[string]>(
    `SELECT ${columns} FROM api_tokens WHERE person_id = ? ORDER BY created_at, token_id`,
  )
  const touch = db.prepare('UPDATE api_tokens SET last_used_at = ? WHERE token_id = ?')
  const remove = db.prepare('DELETE FROM api_tokens WHERE person_id = ? AND token_id = ?')
  const nowMs = () => clock.wallTime().getTime()
  return {
    add: ({ personId, name, scopes: granted, validMs }) => {
      const token = `${apiTokenPrefix}${newSecretToken()}`
      const view: ApiToken = {
        token_id: newRecordId(),
        person_id: personId,
        name,
        scopes: [...granted],
        created_at: instant(nowMs()).toISOString(),
        expires_at: validMs === undefined ? null : instant(nowMs() + validMs).toISOString(),
        last_used_at: null,
      }
      const { token_id, created_at, expires_at } = view
      insert.run(token_id, secretTokenHash(token), personId, name, JSON.stringify(granted), created_at, expires_at)
      return { token, view }
    },
    redeem: (token) => {
      const row = find.get(secretTokenHash(token))
      if (row === undefined) return undefined
      const found = readRow(tokenRow, row, 'api_tokens')
      if (found.expires_at !== null && instant(found.expires_at).getTime() <= nowMs()) return undefined
      const isNoted = found.last_used_at !== null && nowMs() - instant(found.last_used_at).getTime() < noteEveryMs
      if (!isNoted) touch.run(instant(nowMs()).toISOString(), found.token_id)
      return found
    },
    listOf: (personId) => list.all(personId).map((row) => readRow(tokenRow, row, 'api_tokens')),
    remove: (personId, tokenId) => remove.run(personId, tokenId).changes === 1,
  }
}

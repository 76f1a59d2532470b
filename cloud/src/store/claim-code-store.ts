import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { readRow } from './row.ts'

const openRow = v.object({ device_id: v.string(), language: v.nullable(languageSchema) })
const polledRow = v.object({ token_id: v.nullable(v.string()) })
const countRow = v.object({ n: v.number() })

/** The speaker that says a code. */
export type CodeOwner = { readonly deviceId: string; readonly language?: Language }

/** Codes that speakers say, and what became of them. What is older than its time is not there. */
export type ClaimCodeStore = {
  /** False when another speaker says this code at present. */
  readonly add: (code: CodeOwner & { pollHash: Uint8Array; code: string; lifetimeMs: number }) => boolean
  readonly waiting: () => number
  readonly ownerOf: (code: string) => CodeOwner | undefined
  /** The code works no more; its speaker has `lifetimeMs` to fetch the token. */
  readonly give: (code: string, tokenId: string, lifetimeMs: number) => void
  /** Nobody claims it: the code works no more. */
  readonly drop: (code: string) => void
  readonly poll: (pollHash: Uint8Array) => { readonly tokenId?: string } | undefined
}

export const createClaimCodeStore = (deps: { db: Database.Database; clock: Clock }): ClaimCodeStore => {
  const { db, clock } = deps
  const forget = db.prepare('DELETE FROM claim_codes WHERE expires_at <= ?')
  const insert = db.prepare(`
    INSERT INTO claim_codes (poll_hash, code, device_id, language, expires_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`)
  const count = db.prepare('SELECT count(*) AS n FROM claim_codes WHERE token_id IS NULL')
  const find = db.prepare<[string, string]>(
    'SELECT device_id, language FROM claim_codes WHERE code = ? AND token_id IS NULL AND expires_at > ?',
  )
  const give = db.prepare('UPDATE claim_codes SET token_id = ?, expires_at = ? WHERE code = ? AND token_id IS NULL')
  const drop = db.prepare('DELETE FROM claim_codes WHERE code = ? AND token_id IS NULL')
  const poll = db.prepare<[Uint8Array, string]>(
    'SELECT token_id FROM claim_codes WHERE poll_hash = ? AND expires_at > ?',
  )
  const at = (afterMs: number) => instant(clock.wallTime().getTime() + afterMs).toISOString()
  return {
    add: ({ pollHash, code, deviceId, language, lifetimeMs }) => {
      forget.run(at(0))
      return insert.run(pollHash, code, deviceId, language ?? null, at(lifetimeMs)).changes === 1
    },
    waiting: () => {
      forget.run(at(0))
      return readRow(countRow, count.get(), 'claim_codes').n
    },
    ownerOf: (code) => {
      const found = find.get(code, at(0))
      if (found === undefined) return undefined
      const { device_id: deviceId, language } = readRow(openRow, found, 'claim_codes')
      return { deviceId, ...(language !== null && { language }) }
    },
    give: (code, tokenId, lifetimeMs) => void give.run(tokenId, at(lifetimeMs), code),
    drop: (code) => void drop.run(code),
    poll: (pollHash) => {
      const row = poll.get(pollHash, at(0))
      if (row === undefined) return undefined
      const { token_id: tokenId } = readRow(polledRow, row, 'claim_codes')
      return tokenId === null ? {} : { tokenId }
    },
  }
}

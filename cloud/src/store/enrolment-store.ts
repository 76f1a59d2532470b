import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Instant, instant } from '@mynah/shared/time/instant.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { inSlices } from './in-slices.ts'
import { blobColumn, instantColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'

const tokenRow = v.object({
  token_id: v.string(),
  home_id: v.string(),
  secret_sealed: blobColumn,
  name: v.nullable(v.string()),
  for_device_id: v.nullable(v.string()),
  created_at: instantColumn,
  expires_at: instantColumn,
  used_at: v.nullable(instantColumn),
  used_by: v.nullable(v.string()),
  device_nonce: v.nullable(v.string()),
  cloud_nonce: v.nullable(v.string()),
  language: v.nullable(languageSchema),
  room: v.nullable(v.string()),
  time_zone: v.nullable(v.string()),
})

/** A one-time enrolment token as the cloud keeps it. `use` is set once it was redeemed. */
export type StoredToken = {
  readonly tokenId: string
  readonly homeId: string
  readonly secret: Uint8Array
  /** The name that the speaker gets. */
  readonly name?: string
  /** The language that the speaker gets. */
  readonly language?: Language
  /** The room that the speaker is put into. */
  readonly room?: string
  /** IANA name. */
  readonly timeZone?: string
  /** Set when the token re-enrols this very speaker, whose secret it may replace. */
  readonly forDeviceId?: string
  readonly expiresAt: Instant
  readonly use?: {
    readonly at: Instant
    readonly deviceId: string
    readonly deviceNonce: string
    readonly cloudNonce: string
  }
}

export type TokenUse = {
  readonly tokenId: string
  readonly deviceId: string
  readonly deviceNonce: string
  readonly cloudNonce: string
}

export type EnrolmentStore = {
  readonly add: (token: Omit<StoredToken, 'use'>) => void
  readonly find: (tokenId: string) => StoredToken | undefined
  /** Marks the token used and runs `enrol` in the same transaction; false (and nothing done) when it was used before. */
  readonly redeem: (use: TokenUse, enrol: () => void) => boolean
  /** Forgets, in slices until `signal` aborts, what has not been good for anything for 90 days. */
  readonly sweep: (signal: AbortSignal) => Promise<number>
}

type EnrolmentStoreDeps = { readonly db: Database.Database; readonly sealer: Sealer; readonly clock: Clock }

/** How long a list still tells which speaker came by which token. */
const rememberedMs = 90 * 86_400_000

const place = (tokenId: string) => `enrolment_tokens.secret_sealed/${tokenId}`

const useOf = (row: v.InferOutput<typeof tokenRow>): StoredToken['use'] =>
  row.used_at !== null && row.used_by !== null && row.device_nonce !== null && row.cloud_nonce !== null
    ? { at: instant(row.used_at), deviceId: row.used_by, deviceNonce: row.device_nonce, cloudNonce: row.cloud_nonce }
    : undefined

export const createEnrolmentStore = ({ db, sealer, clock }: EnrolmentStoreDeps): EnrolmentStore => {
  const insert = db.prepare(`
    INSERT INTO enrolment_tokens (token_id, home_id, secret_sealed, name, for_device_id, created_at, expires_at, language, room,
      time_zone)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const findRow = db.prepare<[string]>(
    `SELECT ${Object.keys(tokenRow.entries).join(', ')} FROM enrolment_tokens WHERE token_id = ?`,
  )
  const markUsed = db.prepare(`
    UPDATE enrolment_tokens SET used_at = ?, used_by = ?, device_nonce = ?, cloud_nonce = ?
    WHERE token_id = ? AND used_at IS NULL`)
  const removeOld = db.prepare<[string, number]>(
    'DELETE FROM enrolment_tokens WHERE rowid IN (SELECT rowid FROM enrolment_tokens WHERE expires_at < ? LIMIT ?)',
  )
  const now = () => clock.wallTime().toISOString()
  const redeem = db.transaction((use: TokenUse, enrol: () => void): boolean => {
    const marked = markUsed.run(now(), use.deviceId, use.deviceNonce, use.cloudNonce, use.tokenId)
    if (marked.changes !== 1) return false
    enrol()
    return true
  })
  return {
    add: (token) =>
      void insert.run(
        token.tokenId,
        token.homeId,
        sealer.seal(token.secret, place(token.tokenId)),
        token.name ?? null,
        token.forDeviceId ?? null,
        now(),
        token.expiresAt.toISOString(),
        token.language ?? null,
        token.room ?? null,
        token.timeZone ?? null,
      ),
    find: (tokenId) => {
      const raw = findRow.get(tokenId)
      if (raw === undefined) return undefined
      const row = readRow(tokenRow, raw, 'enrolment_tokens')
      const use = useOf(row)
      return {
        tokenId: row.token_id,
        homeId: row.home_id,
        secret: sealer.open(row.secret_sealed, place(row.token_id)),
        ...(row.name !== null && { name: row.name }),
        ...(row.language !== null && { language: row.language }),
        ...(row.room !== null && { room: row.room }),
        ...(row.time_zone !== null && { timeZone: row.time_zone }),
        ...(row.for_device_id !== null && { forDeviceId: row.for_device_id }),
        expiresAt: instant(row.expires_at),
        ...(use && { use }),
      }
    },
    redeem: (use, enrol) => redeem.immediate(use, enrol),
    sweep: (signal) => {
      const before = instant(clock.wallTime().getTime() - rememberedMs).toISOString()
      return inSlices(clock, (limit) => removeOld.run(before, limit).changes, signal)
    },
  }
}

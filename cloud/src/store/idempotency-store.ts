import { createHash } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'

const keyRow = v.object({ request_hash: blobColumn, answer_sealed: v.nullable(blobColumn) })
const answerText = v.pipe(v.string(), v.parseJson(), v.object({ body: v.unknown(), version: v.optional(v.number()) }))

export type KeptAnswer = { readonly body: unknown; readonly version?: number }
/** `begun`: it was done, or half done, and the cloud ended before it could keep the answer. */
export type KeyState =
  | { readonly type: 'new' | 'begun' | 'other_request' }
  | { readonly type: 'answered'; readonly answer: KeptAnswer }
export type KeyedRequest = { readonly principal: string; readonly key: string; readonly requestHash: Uint8Array }

/** What was asked with a key in the last 24 hours, and what was answered. Answers are sealed: some hold a secret that is shown once. */
export type IdempotencyStore = {
  /** Notes a key that is new, on disk before it returns; of a known one nothing is changed. */
  readonly begin: (request: KeyedRequest) => KeyState
  readonly answer: (request: KeyedRequest, answer: KeptAnswer) => void
  /** Nothing was done: the key is as good as new. */
  readonly forget: (request: KeyedRequest) => void
}

const keptMs = 24 * 3_600_000
const maxPerPrincipal = 1_000
const maxKeys = 50_000
/** To count all of them takes milliseconds: so many more may be there meanwhile. */
const countedEvery = 100

const hashOf = (key: string) => createHash('sha256').update(key).digest()
const placeOf = (principal: string, keyHash: Buffer) =>
  `idempotency_keys.answer_sealed/${principal}/${keyHash.toString('base64url')}`

export const createIdempotencyStore = ({
  db,
  sealer,
  clock,
}: {
  readonly db: Database.Database
  readonly sealer: Sealer
  readonly clock: Clock
}): IdempotencyStore => {
  const removeOld = db.prepare('DELETE FROM idempotency_keys WHERE begun_at <= ?')
  const find = db.prepare<[string, Uint8Array]>(
    'SELECT request_hash, answer_sealed FROM idempotency_keys WHERE principal = ? AND key_hash = ?',
  )
  const insert = db.prepare(
    'INSERT INTO idempotency_keys (principal, key_hash, begun_at, request_hash) VALUES (?, ?, ?, ?)',
  )
  const keep = db.prepare('UPDATE idempotency_keys SET answer_sealed = ? WHERE principal = ? AND key_hash = ?')
  const remove = db.prepare('DELETE FROM idempotency_keys WHERE principal = ? AND key_hash = ?')
  // The oldest go first, of one who makes very many and of all together.
  const boundPrincipal = db.prepare(`
    DELETE FROM idempotency_keys WHERE (principal, key_hash) IN (
      SELECT principal, key_hash FROM idempotency_keys WHERE principal = ? ORDER BY begun_at DESC LIMIT -1 OFFSET ${maxPerPrincipal})`)
  const boundAll = db.prepare(`
    DELETE FROM idempotency_keys WHERE (principal, key_hash) IN (
      SELECT principal, key_hash FROM idempotency_keys ORDER BY begun_at DESC LIMIT -1 OFFSET ${maxKeys})`)
  let newKeys = 0
  const begin = db.transaction(({ principal, key, requestHash }: KeyedRequest): KeyState => {
    const nowMs = clock.wallTime().getTime()
    removeOld.run(instant(nowMs - keptMs).toISOString())
    const keyHash = hashOf(key)
    const known = find.get(principal, keyHash)
    if (known === undefined) {
      insert.run(principal, keyHash, instant(nowMs).toISOString(), requestHash)
      boundPrincipal.run(principal)
      newKeys += 1
      if (newKeys % countedEvery === 0) boundAll.run()
      return { type: 'new' }
    }
    const row = readRow(keyRow, known, 'idempotency_keys')
    if (Buffer.compare(row.request_hash, requestHash) !== 0) return { type: 'other_request' }
    if (row.answer_sealed === null) return { type: 'begun' }
    const text = sealer.openText(row.answer_sealed, placeOf(principal, keyHash))
    const { body, version } = readRow(answerText, text, 'idempotency_keys')
    return { type: 'answered', answer: { body, ...(version !== undefined && { version }) } }
  })
  return {
    begin: (request) => begin.immediate(request),
    answer: ({ principal, key }, answer) => {
      const keyHash = hashOf(key)
      keep.run(sealer.sealText(JSON.stringify(answer), placeOf(principal, keyHash)), principal, keyHash)
    },
    forget: ({ principal, key }) => void remove.run(principal, hashOf(key)),
  }
}

import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type Database from 'better-sqlite3'

const linkLifetimeMs = 7 * 24 * 3_600_000

export type SetupStore = {
  /** A new one-time token for the first person's setup, only its hash is kept; earlier unused ones end. Undefined once people exist. */
  readonly renewToken: () => string | undefined
  readonly stateOf: (token: string) => 'open' | 'expired' | 'unknown'
  /** True once, for an open token. */
  readonly use: (token: string) => boolean
}

const hashOf = (token: string) => createHash('sha256').update(token).digest()

export const createSetupStore = ({ db, clock }: { db: Database.Database; clock: Clock }): SetupStore => {
  const people = db.prepare<[], { count: number }>('SELECT count(*) AS count FROM people')
  const clear = db.prepare('DELETE FROM setup_links WHERE used_at IS NULL')
  const insert = db.prepare('INSERT INTO setup_links (token_hash, created_at, expires_at) VALUES (?, ?, ?)')
  const find = db.prepare<[Uint8Array], { expires_at: string; used_at: string | null }>(
    'SELECT expires_at, used_at FROM setup_links WHERE token_hash = ?',
  )
  const use = db.prepare(
    'UPDATE setup_links SET used_at = @now WHERE token_hash = @hash AND used_at IS NULL AND expires_at > @now',
  )
  const renew = db.transaction((): string | undefined => {
    if ((people.get()?.count ?? 0) > 0) return undefined
    const token = randomBytes(24).toString('base64url')
    const now = clock.wallTime()
    clear.run()
    insert.run(hashOf(token), now.toISOString(), instant(now.getTime() + linkLifetimeMs).toISOString())
    return token
  })
  return {
    renewToken: () => renew.immediate(),
    use: (token) => use.run({ now: clock.wallTime().toISOString(), hash: hashOf(token) }).changes === 1,
    // Looked up by hash: how long it takes says nothing about how much of a guess was right.
    stateOf: (token) => {
      const row = find.get(hashOf(token))
      if (!row) return 'unknown'
      return row.used_at === null && instant(row.expires_at) > clock.wallTime() ? 'open' : 'expired'
    },
  }
}

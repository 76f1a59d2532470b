import { randomBytes } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import type { Sealer } from './seal.ts'

const place = 'signing_key.key_sealed/1'

/** The key of this cloud's access tokens, 32 bytes: made on first use, so that a login outlives a restart. */
export const loadSigningKey = ({
  db,
  sealer,
  clock,
}: {
  db: Database.Database
  sealer: Sealer
  clock: Clock
}): Uint8Array => {
  const sealed = sealer.seal(randomBytes(32), place)
  // Two processes that start together agree on the first row.
  db.prepare('INSERT INTO signing_key (id, key_sealed, created_at) VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING').run(
    sealed,
    clock.wallTime().toISOString(),
  )
  const row = db.prepare<[], { key_sealed: Buffer }>('SELECT key_sealed FROM signing_key WHERE id = 1').get()
  return sealer.open(row?.key_sealed ?? sealed, place)
}

import type { Migration } from './migration.ts'

/** Requests that create something, by the key that their caller gave them: asked again, they get the same answer. */
export const idempotencyKeys: Migration = {
  version: 4,
  name: 'idempotency keys',
  up: (db) =>
    db.exec(`
      CREATE TABLE idempotency_keys (
        principal TEXT NOT NULL, key_hash BLOB NOT NULL, begun_at TEXT NOT NULL, request_hash BLOB NOT NULL, answer_sealed BLOB,
        PRIMARY KEY (principal, key_hash)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX idempotency_keys_age ON idempotency_keys (begun_at);
    `),
}

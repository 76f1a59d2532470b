import type { Migration } from './migration.ts'

/** Speakers that say a code, until somebody types it: a restart of the cloud costs neither the code nor the claim. */
export const claimCodes: Migration = {
  version: 3,
  name: 'claim codes',
  up: (db) =>
    db.exec(`
      CREATE TABLE claim_codes (
        poll_hash BLOB PRIMARY KEY, code TEXT NOT NULL, device_id TEXT NOT NULL, language TEXT,
        expires_at TEXT NOT NULL, token_id TEXT REFERENCES enrolment_tokens ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX claim_codes_open ON claim_codes (code) WHERE token_id IS NULL;
      ALTER TABLE enrolment_tokens ADD COLUMN language TEXT;
    `),
}

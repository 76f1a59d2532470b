import type { Migration } from './migration.ts'

/** Releases of the speakers' software, the keys that may sign them, and who gets them first. The files lie in the data folder. */
export const firmware: Migration = {
  version: 5,
  name: 'firmware',
  up: (db) =>
    db.exec(`
      CREATE TABLE firmware_keys (key_id TEXT PRIMARY KEY, name TEXT NOT NULL, public_key TEXT NOT NULL, added_at TEXT NOT NULL) STRICT;
      CREATE TABLE firmware_releases (
        release_id TEXT PRIMARY KEY, version TEXT NOT NULL, target TEXT NOT NULL, manifest BLOB NOT NULL, signature BLOB NOT NULL,
        key_id TEXT NOT NULL, uploaded_at TEXT NOT NULL, uploaded_by TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'withdrawn')),
        ring TEXT NOT NULL CHECK (ring IN ('canary', 'early', 'all')), percent INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100)
      ) STRICT;
      CREATE UNIQUE INDEX firmware_once ON firmware_releases (version, target) WHERE state <> 'withdrawn';
      CREATE TABLE firmware_rings (
        device_id TEXT PRIMARY KEY REFERENCES devices ON DELETE CASCADE, ring TEXT NOT NULL CHECK (ring IN ('canary', 'early'))
      ) STRICT, WITHOUT ROWID;
    `),
}

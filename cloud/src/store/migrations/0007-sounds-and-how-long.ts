import type { Migration } from './migration.ts'

/**
 * Where the sound of turns lies, and what homes and their speakers want kept. A sound is a sealed file; its key is in its row, so that
 * a deleted row leaves nothing that can be opened. Whoever deletes rows, by whatever way, leaves the names of the files to be removed.
 */
export const soundsAndHowLong: Migration = {
  version: 7,
  name: 'sounds and how long',
  up: (db) =>
    db.exec(`
      CREATE TABLE turn_sounds (
        session_id TEXT PRIMARY KEY REFERENCES turns ON DELETE CASCADE, file TEXT NOT NULL UNIQUE, key_sealed BLOB NOT NULL,
        size_bytes INTEGER NOT NULL, heard_ms INTEGER NOT NULL, spoken_ms INTEGER NOT NULL, kept_at TEXT NOT NULL
      ) STRICT;
      CREATE INDEX turn_sounds_by_age ON turn_sounds (kept_at, size_bytes);
      CREATE TABLE dropped_sounds (file TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
      CREATE TRIGGER turn_sounds_dropped AFTER DELETE ON turn_sounds BEGIN
        INSERT OR IGNORE INTO dropped_sounds (file) VALUES (old.file);
      END;
      CREATE TABLE home_retention (
        home_id TEXT PRIMARY KEY REFERENCES homes ON DELETE CASCADE, keep_days INTEGER CHECK (keep_days >= 0),
        keep_sound INTEGER NOT NULL DEFAULT 0 CHECK (keep_sound IN (0, 1))
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE device_retention (
        device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE, home_id TEXT NOT NULL REFERENCES homes ON DELETE CASCADE,
        keep_days INTEGER CHECK (keep_days >= 0), keep_sound INTEGER CHECK (keep_sound IN (0, 1)),
        PRIMARY KEY (device_id, home_id)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO device_retention (device_id, home_id, keep_days)
        SELECT device_id, home_id, keep_days FROM retention JOIN devices USING (device_id);
      DROP TABLE retention;
    `),
}

import type { Migration } from './migration.ts'

/** Instants are ISO 8601 text in UTC; `*_sealed` columns hold what seal.ts makes of them. */
export const firstTables: Migration = {
  version: 1,
  name: 'first tables',
  up: (db) =>
    db.exec(`
      CREATE TABLE store_key (id INTEGER PRIMARY KEY CHECK (id = 1), key_id TEXT NOT NULL, check_sealed BLOB NOT NULL) STRICT;
      CREATE TABLE homes (
        home_id TEXT PRIMARY KEY, name TEXT NOT NULL, time_zone TEXT, created_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE people (
        person_id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')), home_id TEXT REFERENCES homes, created_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE setup_links (
        token_hash BLOB PRIMARY KEY, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT
      ) STRICT;
      CREATE TABLE devices (
        device_id TEXT PRIMARY KEY, home_id TEXT NOT NULL REFERENCES homes, secret_sealed BLOB NOT NULL,
        enrolled_at TEXT NOT NULL, revoked_at TEXT
      ) STRICT;
      CREATE TABLE enrolment_tokens (
        token_id TEXT PRIMARY KEY, home_id TEXT NOT NULL REFERENCES homes, secret_sealed BLOB NOT NULL, name TEXT,
        for_device_id TEXT, created_at TEXT NOT NULL, expires_at TEXT NOT NULL,
        used_at TEXT, used_by TEXT, device_nonce TEXT, cloud_nonce TEXT
      ) STRICT;
      CREATE TABLE device_configs (
        device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE, version INTEGER NOT NULL, config TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'applied', 'refused', 'replaced')),
        error TEXT, created_at TEXT NOT NULL, acknowledged_at TEXT,
        PRIMARY KEY (device_id, version)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE device_status (
        device_id TEXT PRIMARY KEY REFERENCES devices ON DELETE CASCADE, online INTEGER NOT NULL, status TEXT NOT NULL,
        seen_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE turns (
        session_id TEXT PRIMARY KEY, device_id TEXT NOT NULL, home_id TEXT NOT NULL, conversation_id TEXT NOT NULL,
        language TEXT NOT NULL, trigger_type TEXT NOT NULL, wake_word TEXT, score REAL,
        started_at TEXT NOT NULL, ended_at TEXT,
        heard_sealed BLOB, reply_sealed BLOB, heard_reply_sealed BLOB, answered_by TEXT, tools TEXT NOT NULL DEFAULT '[]',
        outcome TEXT, stage TEXT, code TEXT, timings TEXT NOT NULL DEFAULT '{}', heard_ms REAL,
        device_audio TEXT, uplink_audio TEXT
      ) STRICT;
      CREATE INDEX turns_by_start ON turns (started_at DESC);
      CREATE INDEX turns_of_device ON turns (device_id, started_at DESC);
      CREATE INDEX turns_open ON turns (session_id) WHERE outcome IS NULL;
      CREATE TABLE events (
        event_id INTEGER PRIMARY KEY, device_id TEXT NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, detail TEXT NOT NULL
      ) STRICT;
      CREATE INDEX events_of_device ON events (device_id, at DESC);
      CREATE TABLE schedule_items (
        device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE, item_id TEXT NOT NULL, item_sealed BLOB NOT NULL,
        PRIMARY KEY (device_id, item_id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE audit (
        audit_id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT '{}'
      ) STRICT;
    `),
}

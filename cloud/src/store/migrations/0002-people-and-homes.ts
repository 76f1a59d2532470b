import type { Migration } from './migration.ts'

/** Accounts with logins and second factors, members of homes, invitations, API tokens, AI settings, feedback, retention. */
export const peopleAndHomes: Migration = {
  version: 2,
  name: 'people and homes',
  up: (db) =>
    db.exec(`
      ALTER TABLE people ADD COLUMN name TEXT NOT NULL DEFAULT '';
      ALTER TABLE people ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
      ALTER TABLE people ADD COLUMN totp_sealed BLOB;
      ALTER TABLE people ADD COLUMN totp_confirmed_at TEXT;
      ALTER TABLE people ADD COLUMN totp_last_step INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE people ADD COLUMN recovery_hashes TEXT NOT NULL DEFAULT '[]';
      CREATE TABLE members (
        home_id TEXT NOT NULL REFERENCES homes ON DELETE CASCADE, person_id TEXT NOT NULL REFERENCES people ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')), joined_at TEXT NOT NULL,
        PRIMARY KEY (home_id, person_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX members_of_person ON members (person_id);
      CREATE TABLE invitations (
        invitation_id TEXT PRIMARY KEY, token_hash BLOB NOT NULL UNIQUE, home_id TEXT NOT NULL REFERENCES homes ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')), note TEXT, created_at TEXT NOT NULL,
        expires_at TEXT NOT NULL, used_at TEXT
      ) STRICT;
      CREATE TABLE logins (
        login_id TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people ON DELETE CASCADE, user_agent TEXT NOT NULL,
        created_at TEXT NOT NULL, last_used_at TEXT NOT NULL, expires_at TEXT NOT NULL, ended_at TEXT, ended_why TEXT
      ) STRICT;
      CREATE INDEX logins_of_person ON logins (person_id);
      CREATE TABLE refresh_tokens (
        token_hash BLOB PRIMARY KEY, login_id TEXT NOT NULL REFERENCES logins ON DELETE CASCADE, created_at TEXT NOT NULL, used_at TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX refresh_tokens_of_login ON refresh_tokens (login_id);
      CREATE TABLE api_tokens (
        token_id TEXT PRIMARY KEY, token_hash BLOB NOT NULL UNIQUE, person_id TEXT NOT NULL REFERENCES people ON DELETE CASCADE,
        name TEXT NOT NULL, scopes TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT, last_used_at TEXT
      ) STRICT;
      CREATE TABLE signing_key (id INTEGER PRIMARY KEY CHECK (id = 1), key_sealed BLOB NOT NULL, created_at TEXT NOT NULL) STRICT;
      CREATE TABLE ai_settings (
        home_id TEXT PRIMARY KEY REFERENCES homes ON DELETE CASCADE, version INTEGER NOT NULL, updated_at TEXT NOT NULL,
        settings_sealed BLOB NOT NULL
      ) STRICT;
      CREATE TABLE turn_feedback (
        session_id TEXT PRIMARY KEY REFERENCES turns ON DELETE CASCADE, verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong')),
        note_sealed BLOB, given_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE retention (
        device_id TEXT PRIMARY KEY REFERENCES devices ON DELETE CASCADE, keep_days INTEGER NOT NULL CHECK (keep_days >= 0)
      ) STRICT;
      ALTER TABLE audit ADD COLUMN home_id TEXT;
      CREATE INDEX audit_of_home ON audit (home_id, audit_id DESC);
      CREATE INDEX turns_of_home ON turns (home_id, started_at DESC);
    `),
}

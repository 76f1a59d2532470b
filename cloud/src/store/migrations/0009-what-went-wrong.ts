import type { Migration } from './migration.ts'

/**
 * What went wrong, and for how long. `subject` is what cannot have two alerts of one kind at a time: a speaker, or an engine of a home.
 * `revision` grows with every change, so that a process beside this one sees what is new. A home that is null: the cloud itself.
 */
export const whatWentWrong: Migration = {
  version: 9,
  name: 'what went wrong',
  up: (db) =>
    db.exec(`
      CREATE TABLE alerts (
        alert_id INTEGER PRIMARY KEY AUTOINCREMENT, home_id TEXT REFERENCES homes ON DELETE CASCADE, device_id TEXT,
        kind TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL, detail TEXT NOT NULL, at TEXT NOT NULL, ended_at TEXT,
        revision INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX alerts_that_last ON alerts (coalesce(home_id, ''), kind, subject) WHERE ended_at IS NULL;
      CREATE INDEX alerts_of_home ON alerts (home_id, alert_id DESC);
      CREATE INDEX alerts_by_revision ON alerts (revision);
    `),
}

import type { Migration } from './migration.ts'

/**
 * What a process holds in memory and another one may change: one row for each speaker (`device/ID`) and one for all who may call
 * (`callers`). Triggers write it, so nothing that changes a speaker or a right can forget to. `revision` grows with every change; rows
 * stay when their speaker goes, as there is no other trace of that.
 */
export const whatOthersMustReadAgain: Migration = {
  version: 10,
  name: 'what others must read again',
  up: (db) => {
    db.exec(`
      CREATE TABLE changes (subject TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE INDEX changes_by_revision ON changes (revision);
    `)
    const note = (name: string, when: string, subject: string) =>
      db.exec(`
        CREATE TRIGGER changes_${name} AFTER ${when} BEGIN
          INSERT INTO changes VALUES (${subject}, (SELECT coalesce(max(revision), 0) + 1 FROM changes))
          ON CONFLICT (subject) DO UPDATE SET revision = excluded.revision;
        END`)
    note('device_added', 'INSERT ON devices', "'device/' || NEW.device_id")
    note('device_changed', 'UPDATE OF home_id, enrolled_at, revoked_at ON devices', "'device/' || NEW.device_id")
    note('device_removed', 'DELETE ON devices', "'device/' || OLD.device_id")
    note('config_added', 'INSERT ON device_configs', "'device/' || NEW.device_id")
    note('config_judged', 'UPDATE OF state ON device_configs', "'device/' || NEW.device_id")
    note('member_added', 'INSERT ON members', "'callers'")
    note('member_changed', 'UPDATE ON members', "'callers'")
    note('member_removed', 'DELETE ON members', "'callers'")
    note('person_changed', 'UPDATE OF login, role ON people', "'callers'")
    note('person_removed', 'DELETE ON people', "'callers'")
    note('login_ended', 'UPDATE OF ended_at ON logins', "'callers'")
    note('token_revoked', 'DELETE ON api_tokens', "'callers'")
  },
}

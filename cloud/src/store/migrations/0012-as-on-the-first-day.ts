import type { Migration } from './migration.ts'

/**
 * What is asked again and again is found without a look at all that has piled up: the turns of a conversation, the speakers and tokens
 * of a home, what is to be forgotten, and how much sound is kept, which triggers count.
 */
export const asOnTheFirstDay: Migration = {
  version: 12,
  name: 'as on the first day',
  up: (db) =>
    db.exec(`
      CREATE INDEX turns_of_conversation ON turns (conversation_id, home_id, started_at, session_id);
      CREATE INDEX devices_of_home ON devices (home_id, revoked_at);
      CREATE INDEX enrolment_tokens_of_home ON enrolment_tokens (home_id, created_at DESC);
      CREATE INDEX enrolment_tokens_by_end ON enrolment_tokens (expires_at);
      CREATE INDEX claim_codes_of_token ON claim_codes (token_id) WHERE token_id IS NOT NULL;
      CREATE INDEX alerts_by_end ON alerts (ended_at) WHERE ended_at IS NOT NULL;
      DROP INDEX audit_of_home;
      CREATE INDEX audit_of_home ON audit (home_id, audit_id DESC, action, actor);
      CREATE INDEX logins_by_end ON logins (coalesce(ended_at, expires_at));
      CREATE INDEX refresh_tokens_by_use ON refresh_tokens (used_at) WHERE used_at IS NOT NULL;
      CREATE TABLE kept_sounds (id INTEGER PRIMARY KEY CHECK (id = 1), size_bytes INTEGER NOT NULL) STRICT;
      INSERT INTO kept_sounds SELECT 1, coalesce(sum(size_bytes), 0) FROM turn_sounds;
      CREATE TRIGGER kept_sounds_more AFTER INSERT ON turn_sounds BEGIN
        UPDATE kept_sounds SET size_bytes = size_bytes + new.size_bytes;
      END;
      CREATE TRIGGER kept_sounds_less AFTER DELETE ON turn_sounds BEGIN
        UPDATE kept_sounds SET size_bytes = size_bytes - old.size_bytes;
      END;
    `),
}

import type { Migration } from './migration.ts'

/**
 * Indexes in the order in which turns and events are listed: without them each list sorts all that a speaker ever did. What turns are
 * chosen by stands in them, so a list of the few that failed looks at no other.
 */
export const inTheOrderOfLists: Migration = {
  version: 11,
  name: 'in the order of lists',
  up: (db) =>
    db.exec(`
      DROP INDEX turns_of_home;
      CREATE INDEX turns_of_home ON turns (home_id, started_at DESC, session_id DESC, outcome, language, answered_by);
      DROP INDEX turns_of_device;
      CREATE INDEX turns_of_device ON turns
        (device_id, home_id, started_at DESC, session_id DESC, outcome, language, answered_by);
      DROP INDEX events_of_device;
      CREATE INDEX events_of_device ON events (device_id, event_id DESC);
    `),
}

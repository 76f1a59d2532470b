import type { Migration } from './migration.ts'

/** What was answered when a card was written: the speaker has it from its first minute. */
export const whatATokenGives: Migration = {
  version: 6,
  name: 'what a token gives',
  up: (db) =>
    db.exec(`
      ALTER TABLE enrolment_tokens ADD COLUMN room TEXT;
      ALTER TABLE enrolment_tokens ADD COLUMN time_zone TEXT;
    `),
}

import type { Migration } from './migration.ts'

/** A browser that was a speaker has no row of its own in which its name could stand, so it stands with what was said to it. */
export const whatASpeakerWasCalled: Migration = {
  version: 8,
  name: 'what a speaker was called',
  up: (db) => db.exec('ALTER TABLE turns ADD COLUMN speaker_name TEXT'),
}

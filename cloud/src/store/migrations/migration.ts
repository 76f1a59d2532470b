import type Database from 'better-sqlite3'

/** One numbered step of the schema. `up` runs inside a transaction and is never edited once released. */
export type Migration = {
  readonly version: number
  readonly name: string
  readonly up: (db: Database.Database) => void
}

import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { readRow } from './row.ts'

/** What must be read again because it was changed, by whichever process. */
export type Changes = { readonly deviceIds: readonly string[]; readonly callers: boolean }

export type ChangeStore = {
  /** What was changed since the last call, and is committed; undefined when nothing was, which costs some microseconds. */
  readonly sinceLast: () => Changes | undefined
}

const changeRow = v.object({ subject: v.string(), revision: v.number() })
const devicePrefix = 'device/'

/** Follows all processes that write to this database. To be made before anything is read that it is to keep true. */
export const createChangeStore = ({ db }: { readonly db: Database.Database }): ChangeStore => {
  const newest = db.prepare<[], number | null>('SELECT max(revision) FROM changes').pluck()
  const after = db.prepare<[number]>('SELECT subject, revision FROM changes WHERE revision > ? ORDER BY revision')
  let seen = newest.get() ?? 0
  return {
    sinceLast: () => {
      if ((newest.get() ?? 0) === seen) return undefined
      const rows = after.all(seen).map((row) => readRow(changeRow, row, 'changes'))
      seen = rows.at(-1)?.revision ?? seen
      const subjects = rows.map(({ subject }) => subject)
      return {
        deviceIds: subjects.flatMap((name) => (name.startsWith(devicePrefix) ? [name.slice(devicePrefix.length)] : [])),
        callers: subjects.includes('callers'),
      }
    },
  }
}

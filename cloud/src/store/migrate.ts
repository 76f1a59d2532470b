import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import type { CopyRequest } from './copy-thread.ts'
import type { Migration } from './migrations/migration.ts'
import { StoreError } from './store-error.ts'

const backupsKept = 5
const backupName = /^mynah-.+\.sqlite3$/

type BackupDeps = { readonly db: Database.Database; readonly clock: Clock; readonly backupDir: string }

const isCopy = (name: string) => backupName.test(name)

/** A name that is not taken. */
const newName = (clock: Clock, reason: string, taken: ReadonlySet<string>): string => {
  const stamp = clock.wallTime().toISOString().replaceAll(/[:.]/g, '-')
  let name = `mynah-${stamp}-${reason}.sqlite3`
  for (let again = 2; taken.has(name); again++) name = `mynah-${stamp}-${reason}-${again}.sqlite3`
  return name
}

/**
 * Those of `before` that go when one more has come. The new one stays whatever its name says: a clock that is behind (before the time
 * came from the network) makes it the oldest.
 */
const surplusOf = (before: Iterable<string>): readonly string[] => {
  const copies = [...before].filter(isCopy).sort()
  return copies.slice(0, Math.max(0, copies.length + 1 - backupsKept))
}

/** Writes a compact copy of the live database and keeps the newest five of its kind. Returns the path of the copy. */
export const backUpDatabase = ({ db, clock, backupDir }: BackupDeps, reason: string): string => {
  mkdirSync(backupDir, { recursive: true, mode: 0o700 })
  const before = new Set(readdirSync(backupDir))
  const path = join(backupDir, newName(clock, reason, before))
  db.prepare('VACUUM INTO ?').run(path)
  for (const old of surplusOf(before)) rmSync(join(backupDir, old))
  return path
}

type BesideDeps = Pick<BackupDeps, 'clock' | 'backupDir'> & {
  readonly databasePath: string
  readonly copy: (request: CopyRequest) => Promise<void>
}

/** What a copy is called until it is whole: no list shows it, and nobody restores it. */
const unfinishedEnding = '.part'

/** The same for a process that others wait for: the copy is made beside it. One at a time; they come in the order of the calls. */
export const createBackUpBeside = ({ clock, backupDir, databasePath, copy }: BesideDeps) => {
  let last: Promise<unknown> = Promise.resolve()
  const backUp = async (reason: string): Promise<string> => {
    mkdirSync(backupDir, { recursive: true, mode: 0o700 })
    const before = new Set(await readdir(backupDir))
    // Of a cloud that was stopped meanwhile.
    for (const name of before) if (name.endsWith(unfinishedEnding)) await rm(join(backupDir, name), { force: true })
    const path = join(backupDir, newName(clock, reason, before))
    await copy({ from: databasePath, to: `${path}${unfinishedEnding}` })
    await rename(`${path}${unfinishedEnding}`, path)
    for (const old of surplusOf(before)) await rm(join(backupDir, old), { force: true })
    return path
  }
  return (reason: string): Promise<string> => {
    const made = last.then(() => backUp(reason))
    // One that fails tells its own caller, and is over for the next.
    last = made.catch(() => {})
    return made
  }
}

type MigrateDeps = BackupDeps & { readonly log: Log; readonly migrations: readonly Migration[] }

/**
 * Brings the schema to the newest version, each step in a transaction of its own, with a backup before each one of an existing
 * database. Throws `StoreError('newer_database')` when the database was written by a newer Mynah.
 */
export const migrate = ({ migrations, ...deps }: MigrateDeps): void => {
  const { db, log } = deps
  const versionOfCode = migrations.length
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version > versionOfCode) {
    throw new StoreError(
      'newer_database',
      `The database has schema version ${version}, this Mynah knows only up to ${versionOfCode}. Start the newer Mynah again, or restore a copy from ${deps.backupDir}.`,
    )
  }
  for (const migration of migrations.slice(version)) {
    const backup =
      version > 0 ? backUpDatabase(deps, `before-${String(migration.version).padStart(4, '0')}`) : undefined
    const isDone = db
      .transaction(() => {
        // Gateway and bridge may start at once: the second finds the step done.
        if (Number(db.pragma('user_version', { simple: true })) >= migration.version) return false
        migration.up(db)
        db.pragma(`user_version = ${migration.version}`)
        return true
      })
      .immediate()
    if (isDone)
      log.info('database migrated', { version: migration.version, name: migration.name, ...(backup ? { backup } : {}) })
  }
}

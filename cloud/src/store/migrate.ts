import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import type { Migration } from './migrations/migration.ts'
import { StoreError } from './store-error.ts'

const backupsKept = 5
const backupName = /^mynah-.+\.sqlite3$/

type BackupDeps = { readonly db: Database.Database; readonly clock: Clock; readonly backupDir: string }

/** Writes a compact copy of the live database and keeps the newest five of its kind. Returns the path of the copy. */
export const backUpDatabase = ({ db, clock, backupDir }: BackupDeps, reason: string): string => {
  mkdirSync(backupDir, { recursive: true, mode: 0o700 })
  const stamp = clock.wallTime().toISOString().replaceAll(/[:.]/g, '-')
  let path = join(backupDir, `mynah-${stamp}-${reason}.sqlite3`)
  const taken = new Set(readdirSync(backupDir))
  for (let again = 2; taken.has(path.slice(backupDir.length + 1)); again++) {
    path = join(backupDir, `mynah-${stamp}-${reason}-${again}.sqlite3`)
  }
  db.prepare('VACUUM INTO ?').run(path)
  // The new one stays whatever its name says: a clock that is behind (before the time came from the network) makes it the oldest.
  const before = [...taken].filter((name) => backupName.test(name)).sort()
  for (const old of before.slice(0, Math.max(0, before.length + 1 - backupsKept))) rmSync(join(backupDir, old))
  return path
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

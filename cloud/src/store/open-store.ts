import { closeSync, existsSync, fdatasync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import Database from 'better-sqlite3'
import { createAiSettingsStore } from './ai-settings-store.ts'
import { createAlertStore } from './alert-store.ts'
import { createAuditStore } from './audit-store.ts'
import { createConfigStore } from './config-store.ts'
import { copyInThread } from './copy-thread.ts'
import { createDeviceStore } from './device-store.ts'
import { createDiskBarrier } from './disk-barrier.ts'
import { createEnrolmentStore } from './enrolment-store.ts'
import { createEventStore } from './event-store.ts'
import { loadMasterKey } from './master-key.ts'
import { backUpDatabase, createBackUpBeside, migrate } from './migrate.ts'
import { allMigrations } from './migrations/all-migrations.ts'
import type { Migration } from './migrations/migration.ts'
import { createRetentionStore } from './retention-store.ts'
import { createScheduleStore } from './schedule-store.ts'
import { createSealer, SealError, type Sealer } from './seal.ts'
import { createSetupStore } from './setup-store.ts'
import { createSoundStore } from './sound-store.ts'
import { createStatusStore } from './status-store.ts'
import { StoreError } from './store-error.ts'
import { createTurnStore } from './turn-store.ts'

export type StoreDeps = {
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Log
  /**
   * `each`: a commit is on disk before its caller goes on. `grouped`: a commit returns at once, and whoever acknowledges it to
   * somebody waits for `durable` first; one wait for the disk then serves all who came meanwhile.
   */
  readonly commits?: 'each' | 'grouped'
  /** What the sound of turns may take of the disk, all homes together. */
  readonly soundsMaxBytes?: number
  /** Other than the released ones only in tests. */
  readonly migrations?: readonly Migration[]
}

export const databasePath = (dataDir: string): string => join(dataDir, 'mynah.sqlite3')
export const soundsPath = (dataDir: string): string => join(dataDir, 'sounds')
export const masterKeyPath = (dataDir: string): string => join(dataDir, 'keys', 'master.key')

const defaultSoundsMaxBytes = 1024 * 1024 * 1024
const keyCheckText = 'this database opens with this key'
const keyCheckPlace = 'store_key.check_sealed/1'

/** The first row of a new database proves later that key and database belong together. */
const checkKey = (db: Database.Database, sealer: Sealer): void => {
  const row = db.prepare<[], { check_sealed: Buffer }>('SELECT check_sealed FROM store_key WHERE id = 1').get()
  if (!row) {
    db.prepare('INSERT INTO store_key (id, key_id, check_sealed) VALUES (1, ?, ?)').run(
      sealer.keyId,
      sealer.sealText(keyCheckText, keyCheckPlace),
    )
    return
  }
  try {
    sealer.openText(row.check_sealed, keyCheckPlace)
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    throw new StoreError(
      'wrong_key',
      `The master key does not belong to this database: ${error.message}. Put back the key file that was in use before.`,
      { cause: error },
    )
  }
}

const openDatabase = (path: string, commits: 'each' | 'grouped'): Database.Database => {
  try {
    const db = new Database(path, { timeout: 5_000 })
    db.pragma('journal_mode = WAL')
    // FULL: a commit is on disk before its caller goes on, so what was acknowledged survives a power cut, not only a crash. NORMAL
    // leaves out that one wait for the write-ahead log and keeps all others; `durable` makes up for it.
    db.pragma(`synchronous = ${commits === 'each' ? 'FULL' : 'NORMAL'}`)
    db.pragma('foreign_keys = ON')
    db.pragma('secure_delete = ON')
    return db
  } catch (error) {
    throw new StoreError('not_a_database', `${path} cannot be opened as a database`, { cause: error })
  }
}

/**
 * The file in which SQLite's commits are until a checkpoint. To sync it is what SQLite itself does after a commit when it is told to
 * be `FULL`; it stays the same file as long as the database is open.
 */
const openWriteAheadLog = (path: string) => {
  const syncFile = promisify(fdatasync)
  let file: number | undefined
  return {
    sync: async () => {
      file ??= openSync(`${path}-wal`, 'r+')
      await syncFile(file)
    },
    close: () => {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}

/** Rows that this connection has written since it was opened, those of triggers among them (sqlite3_total_changes). */
const changesOf = (db: Database.Database): (() => number) => {
  const count = db.prepare<[], number>('SELECT total_changes()').pluck()
  return () => count.get() ?? 0
}

/**
 * Opens (and makes, migrates, backs up) the database of one data directory.
 * Throws `StoreError` with a sentence for the owner: key lost, key of another database, database of a newer Mynah.
 */
export const openStore = ({
  dataDir,
  clock,
  log,
  commits = 'each',
  soundsMaxBytes = defaultSoundsMaxBytes,
  migrations = allMigrations,
}: StoreDeps) => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = databasePath(dataDir)
  const backupDir = join(dataDir, 'backups')
  const sealer = createSealer(loadMasterKey(masterKeyPath(dataDir), existsSync(path)))
  const db = openDatabase(path, commits)
  try {
    migrate({ db, clock, log, backupDir, migrations })
    checkKey(db, sealer)
  } catch (error) {
    db.close()
    throw error
  }
  const wal = openWriteAheadLog(path)
  return {
    db,
    sealer,
    turns: createTurnStore({ db, sealer, clock }),
    devices: createDeviceStore({ db, sealer, clock }),
    enrolment: createEnrolmentStore({ db, sealer, clock }),
    configs: createConfigStore({ db, clock }),
    status: createStatusStore({ db }),
    schedule: createScheduleStore({ db, sealer }),
    events: createEventStore({ db, clock }),
    audit: createAuditStore({ db, clock }),
    alerts: createAlertStore({ db, clock }),
    setup: createSetupStore({ db, clock }),
    retention: createRetentionStore({ db }),
    sounds: createSoundStore({ db, sealer, clock, dir: soundsPath(dataDir), maxBytes: soundsMaxBytes }),
    aiSettings: createAiSettingsStore({ db, sealer, clock }),
    /** True when a read of the database works: for the readiness check. */
    isHealthy: (): boolean => {
      try {
        return db.prepare<[], { one: number }>('SELECT 1 AS one').get()?.one === 1
      } catch {
        return false
      }
    },
    /** All or nothing, and one wait for the disk: what `work` wrote is there when it returns. */
    atOnce: <T>(work: () => T): T => db.transaction(work).immediate(),
    schemaVersion: (): number => Number(db.pragma('user_version', { simple: true })),
    backUp: (reason: string): string => backUpDatabase({ db, clock, backupDir }, reason),
    /** The same in a thread, where others wait for this process. */
    backUpBeside: createBackUpBeside({ clock, backupDir, databasePath: path, copy: copyInThread }),
    /** Resolves when everything written before is on disk; absent where each commit waits by itself. */
    durable: commits === 'grouped' ? createDiskBarrier({ sync: wal.sync, changes: changesOf(db) }).durable : undefined,
    close: () => {
      wal.close()
      db.close()
    },
  }
}

export type Store = ReturnType<typeof openStore>

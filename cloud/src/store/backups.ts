import {
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Log } from '@mynah/shared/log/log.ts'
import Database from 'better-sqlite3'

const namePattern = /^mynah-[0-9A-Za-z-]{1,100}\.sqlite3$/
const headerText = 'SQLite format 3\u0000'
const pendingName = 'restore-at-next-start'

export type Backup = {
  readonly name: string
  readonly madeAt: string
  readonly sizeBytes: number
  readonly restorePending: boolean
}

export type Backups = {
  /** Newest first. */
  readonly list: () => readonly Backup[]
  readonly find: (name: string) => Backup | undefined
  readonly open: (name: string) => ReadableStream<Uint8Array>
  readonly remove: (name: string) => void
  /** Notes which copy the next start takes over; only one can wait. */
  readonly planRestore: (name: string) => void
  readonly cancelRestore: () => void
}

/** Copies of the database in `<data>/backups`. They hold sealed values only; the master key is kept elsewhere by the owner. */
export const createBackups = (backupDir: string): Backups => {
  const notePath = join(backupDir, pendingName)
  const pending = (): string | undefined => (existsSync(notePath) ? readFileSync(notePath, 'utf8').trim() : undefined)
  const describe = (name: string, planned: string | undefined): Backup => {
    const { mtime, size } = statSync(join(backupDir, name))
    return { name, madeAt: mtime.toISOString(), sizeBytes: size, restorePending: planned === name }
  }
  const names = () => (existsSync(backupDir) ? readdirSync(backupDir).filter((name) => namePattern.test(name)) : [])
  const list = () => {
    const planned = pending()
    return names()
      .map((name) => describe(name, planned))
      .sort(
        (a, b) =>
          Number(a.madeAt < b.madeAt) - Number(a.madeAt > b.madeAt) ||
          Number(a.name < b.name) - Number(a.name > b.name),
      )
  }
  return {
    list,
    find: (name) => list().find((backup) => backup.name === name),
    // Web streams of node:stream/web and of the platform are the same at run time, but not for the compiler.
    open: (name) => Readable.toWeb(createReadStream(join(backupDir, name))) as unknown as ReadableStream<Uint8Array>,
    remove: (name) => {
      if (pending() === name) rmSync(notePath, { force: true })
      rmSync(join(backupDir, name), { force: true })
    },
    planRestore: (name) => writeFileSync(notePath, `${name}\n`, { mode: 0o600 }),
    cancelRestore: () => rmSync(notePath, { force: true }),
  }
}

const isDatabase = (path: string): boolean => {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(headerText.length)
    return readSync(file, head) === head.length && head.toString('latin1') === headerText
  } finally {
    closeSync(file)
  }
}

/** Whether another process has the database open: exclusive access is then refused. A damaged one is nobody's obstacle. */
const isInUse = (databasePath: string): boolean => {
  if (!existsSync(databasePath)) return false
  const db = new Database(databasePath, { timeout: 0 })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; COMMIT')
    return false
  } catch (error) {
    return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
  } finally {
    db.close()
  }
}

/**
 * Before the database is opened: puts the copy in place that somebody planned to restore. The database of until now is kept beside
 * it (`mynah.sqlite3.before-restore`), its log with it. A copy that is not there or is no database changes nothing;
 * while another process has the database open it waits for the next start, or that one would write into the file that was put aside.
 */
export const restorePlanned = (databasePath: string, backupDir: string, log: Log): void => {
  const notePath = join(backupDir, pendingName)
  if (!existsSync(notePath)) return
  const name = readFileSync(notePath, 'utf8').trim()
  const path = join(backupDir, name)
  if (isInUse(databasePath)) {
    log.error('the planned restore waits until every process of this cloud is stopped', { backup: name })
    return
  }
  rmSync(notePath)
  if (!namePattern.test(name) || !existsSync(path) || !isDatabase(path)) {
    log.error('the planned restore was given up: its copy is missing or is no database', { backup: name })
    return
  }
  // Copied first and moved then: whenever the power goes, one whole database is there.
  copyFileSync(path, `${databasePath}.restoring`)
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(`${databasePath}${suffix}`))
      renameSync(`${databasePath}${suffix}`, `${databasePath}.before-restore${suffix}`)
  }
  renameSync(`${databasePath}.restoring`, databasePath)
  log.warn('the database was restored from a copy', { backup: name })
}

import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, silentLog } from '@mynah/shared/log/log.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBackups } from '../../src/store/backups.ts'
import { createBackUpBeside } from '../../src/store/migrate.ts'
import { allMigrations } from '../../src/store/migrations/all-migrations.ts'
import type { Migration } from '../../src/store/migrations/migration.ts'
import { databasePath, masterKeyPath, openStore } from '../../src/store/open-store.ts'
import { StoreError } from '../../src/store/store-error.ts'
import { temporaryFolder } from '../temporary-store.ts'

let folder = temporaryFolder()
const clock = createManualClock()
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const open = (migrations: readonly Migration[] = allMigrations) =>
  openStore({ dataDir: folder.path, clock, log: silentLog, migrations })

const codeOf = (attempt: () => unknown): string => {
  try {
    attempt()
    return 'opened'
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error)
  }
}

/** The newest version of today. */
const newest = allMigrations.length
const step = (version: number, sql: string): Migration => ({
  version,
  name: `step ${version}`,
  up: (db) => db.exec(sql),
})

test('a first start makes the database and a key that only its owner can read', () => {
  const store = open()
  expect(store.schemaVersion()).toBe(allMigrations.length)
  expect(statSync(masterKeyPath(folder.path)).mode & 0o777).toBe(0o600)
  expect(existsSync(join(folder.path, 'backups'))).toBe(false)
  store.close()
})

test('migrations are numbered from one without a gap', () => {
  expect(allMigrations.map(({ version }) => version)).toEqual(allMigrations.map((_, index) => index + 1))
})

test('what another process migrates meanwhile is not done again', () => {
  let isAlone = true
  const log: Log = {
    ...silentLog,
    // After the first step another process starts, and does all others.
    info: () => {
      if (!isAlone) return
      isAlone = false
      open().close()
    },
  }
  const store = openStore({ dataDir: folder.path, clock, log })
  expect([isAlone, store.schemaVersion()]).toEqual([false, newest])
  store.close()
})

test('an existing database is copied before each migration, and the newest five copies are kept', () => {
  open().close()
  const later = Array.from({ length: 7 }, (_, index) =>
    step(newest + 1 + index, `CREATE TABLE t${index} (a) STRICT`.replace('(a)', '(a TEXT)')),
  )
  const store = open([...allMigrations, ...later])
  expect(store.schemaVersion()).toBe(newest + 7)
  store.close()
  const copies = readdirSync(join(folder.path, 'backups')).sort()
  expect(copies).toHaveLength(5)
  const oldest = new Database(join(folder.path, 'backups', copies[0] ?? ''), { readonly: true })
  expect(oldest.pragma('user_version', { simple: true })).toBe(newest + 2)
  oldest.close()
})

test('a copy that is made while the clock is behind is kept', () => {
  for (let day = 10; day < 16; day++) {
    const store = openStore({
      dataDir: folder.path,
      clock: createManualClock(instant(`2026-01-${day}T08:00:00Z`)),
      log: silentLog,
    })
    store.backUp('asked')
    store.close()
  }
  const store = openStore({
    dataDir: folder.path,
    clock: createManualClock(instant('1970-01-01T00:00:10Z')),
    log: silentLog,
  })
  expect(existsSync(store.backUp('asked'))).toBe(true)
  expect(readdirSync(join(folder.path, 'backups'))).toHaveLength(5)
  store.close()
})

test('a migration that fails leaves the database as it was', () => {
  open().close()
  const broken = step(newest + 1, 'CREATE TABLE half (a TEXT) STRICT; INSERT INTO nowhere VALUES (1)')
  expect(codeOf(() => open([...allMigrations, broken]))).toContain('nowhere')
  const store = open()
  expect(store.schemaVersion()).toBe(newest)
  expect(store.db.prepare("SELECT name FROM sqlite_master WHERE name = 'half'").get()).toBeUndefined()
  store.close()
})

test('a database of a newer Mynah is refused in a sentence with both versions', () => {
  open([...allMigrations, step(newest + 1, 'CREATE TABLE later (a TEXT) STRICT')]).close()
  expect(() => open()).toThrowError(new RegExp(`schema version ${newest + 1}.*only up to ${newest}`))
  expect(codeOf(() => open())).toBe('newer_database')
})

test('a database without its key is refused and no new key is made', () => {
  open().close()
  rmSync(masterKeyPath(folder.path))
  expect(codeOf(() => open())).toBe('key_missing')
  expect(existsSync(masterKeyPath(folder.path))).toBe(false)
})

test('a database with the key of another one is refused', () => {
  open().close()
  const other = temporaryFolder()
  openStore({ dataDir: other.path, clock, log: silentLog }).close()
  copyFileSync(masterKeyPath(other.path), masterKeyPath(folder.path))
  other.remove()
  expect(codeOf(() => open())).toBe('wrong_key')
})

test('a cut-off key file is refused', () => {
  open().close()
  writeFileSync(masterKeyPath(folder.path), 'short')
  expect(codeOf(() => open())).toBe('key_invalid')
})

test('a file that is no database is refused', () => {
  open().close()
  for (const name of readdirSync(folder.path)) {
    if (name.startsWith('mynah.sqlite3-')) rmSync(join(folder.path, name))
  }
  writeFileSync(databasePath(folder.path), 'this is a text file and not a database at all'.repeat(100))
  expect(codeOf(() => open())).toBe('not_a_database')
})

test('a backup on demand opens with the same key', () => {
  const store = open()
  store.devices.save({ deviceId: 'kitchen', homeId: store.devices.defaultHomeId(), secret: new Uint8Array(32).fill(7) })
  const copy = store.backUp('manual')
  store.close()
  const restored = temporaryFolder()
  copyFileSync(copy, databasePath(restored.path))
  expect(codeOf(() => openStore({ dataDir: restored.path, clock, log: silentLog }))).toBe('key_missing')
  open().close()
  const keys = readFileSync(masterKeyPath(folder.path))
  const target = openStore({ dataDir: temporaryFolder().path, clock, log: silentLog })
  target.close()
  copyFileSync(copy, databasePath(folder.path))
  writeFileSync(masterKeyPath(folder.path), keys)
  const again = open()
  expect(again.devices.find('kitchen')?.secret).toEqual(Buffer.alloc(32, 7))
  again.close()
  restored.remove()
})

test('a copy that is made beside a cloud that runs holds what was there, and is listed when it is whole', async () => {
  const store = open()
  store.devices.save({ deviceId: 'kitchen', homeId: store.devices.defaultHomeId(), secret: new Uint8Array(32).fill(7) })
  const making = [store.backUpBeside('manual'), store.backUpBeside('manual')]
  const { list } = createBackups(join(folder.path, 'backups'))
  expect(list()).toEqual([])
  const made = await Promise.all(making)
  expect(list().map(({ name }) => join(folder.path, 'backups', name))).toEqual([...made].reverse())
  for (const path of made) {
    const copy = new Database(path, { readonly: true })
    expect(copy.prepare('SELECT device_id FROM devices').pluck().all()).toEqual(['kitchen'])
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
    copy.close()
  }
  store.close()
})

test('a copy that fails says so, hinders no other, and what is left of it goes with the next', async () => {
  const backupDir = join(folder.path, 'backups')
  const asked: string[] = []
  const backUp = createBackUpBeside({
    clock,
    backupDir,
    databasePath: 'mynah.sqlite3',
    copy: async ({ to }) => {
      asked.push(to)
      writeFileSync(to, 'half')
      if (asked.length === 1) throw new Error('the disk is full')
    },
  })
  const failing = backUp('manual')
  const next = backUp('manual')
  await expect(failing).rejects.toThrow('the disk is full')
  const made = await next
  expect(readdirSync(backupDir).map((name) => join(backupDir, name))).toEqual([made])
  await clock.advance(1_000)
  for (let count = 0; count < 7; count++) await backUp('manual')
  expect(readdirSync(backupDir)).toHaveLength(5)
})

test('grouped commits are told to be on disk, and are there for another connection and after a start', async () => {
  const store = openStore({ dataDir: folder.path, clock, log: silentLog, commits: 'grouped' })
  expect(store.db.pragma('synchronous', { simple: true })).toBe(1)
  const homeId = store.devices.defaultHomeId()
  for (const deviceId of ['kitchen', 'bedroom']) {
    store.devices.save({ deviceId, homeId, secret: new Uint8Array(32).fill(1) })
    await store.durable?.()
  }
  // The write-ahead log on disk, without this process's memory: what a power cut would leave.
  const left = temporaryFolder()
  for (const name of ['mynah.sqlite3', 'mynah.sqlite3-wal'])
    copyFileSync(join(folder.path, name), join(left.path, name))
  cpSync(join(folder.path, 'keys'), join(left.path, 'keys'), { recursive: true })
  const after = openStore({ dataDir: left.path, clock, log: silentLog })
  expect(after.devices.list().map(({ deviceId }) => deviceId)).toEqual(['bedroom', 'kitchen'])
  expect([after.durable, after.db.pragma('synchronous', { simple: true })]).toEqual([undefined, 2])
  after.close()
  store.close()
  left.remove()
})

import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { allMigrations } from '../../src/store/migrations/all-migrations.ts'
import { createRetentionStore } from '../../src/store/retention-store.ts'
import { temporaryFolder } from '../temporary-store.ts'

const kitchen = { deviceId: 'kitchen', homeId: 'home' }

test('days that were set for a speaker before homes had any hold on, in the home where it is; sound is kept nowhere', () => {
  const folder = temporaryFolder()
  const db = new Database(join(folder.path, 'old.sqlite3'))
  const deps = { db, clock: createManualClock(), log: silentLog, backupDir: join(folder.path, 'backups') }
  migrate({ ...deps, migrations: allMigrations.slice(0, 6) })
  db.exec(`
    INSERT INTO homes (home_id, name, created_at) VALUES ('home', 'Casa', '2026-01-01T00:00:00.000Z');
    INSERT INTO devices (device_id, home_id, secret_sealed, enrolled_at) VALUES ('kitchen', 'home', x'00', '2026-01-01T00:00:00.000Z');
    INSERT INTO retention (device_id, keep_days) VALUES ('kitchen', 30);`)
  migrate({ ...deps, migrations: allMigrations })
  const retention = createRetentionStore({ db })
  expect(retention.ofDevice(kitchen)).toEqual({ keepDays: 30, keepSound: null })
  expect(retention.ofDevice({ ...kitchen, homeId: 'elsewhere' })).toEqual({ keepDays: null, keepSound: null })
  expect(retention.ofHome('home')).toEqual({ keepDays: null, keepSound: false })
  expect(retention.keepsSound(kitchen)).toBe(false)
  db.close()
  folder.remove()
})

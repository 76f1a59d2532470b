import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, instantColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'

const deviceRow = v.object({
  device_id: v.string(),
  home_id: v.string(),
  secret_sealed: blobColumn,
  enrolled_at: instantColumn,
  revoked_at: v.nullable(instantColumn),
})

/** An enrolled speaker; `secret` is 32 bytes. */
export type EnrolledDevice = {
  readonly deviceId: string
  readonly homeId: string
  readonly secret: Uint8Array
  readonly enrolledAt: string
  readonly revoked: boolean
}

export type DeviceStore = {
  readonly find: (deviceId: string) => EnrolledDevice | undefined
  readonly list: () => readonly EnrolledDevice[]
  /** Of those that are not revoked, in their order: all, or some after one of them. No secret is opened for it. */
  readonly enrolledIds: (some?: { readonly after: string; readonly limit: number }) => readonly string[]
  /** Stores a new speaker, or gives an existing one a new secret and takes a revocation back. */
  readonly save: (device: { deviceId: string; homeId: string; secret: Uint8Array }) => void
  /** From then on it is refused; its history stays. False when there is no such speaker. */
  readonly revoke: (deviceId: string) => boolean
  /** Its events, timers and status are gone: they are the business of the home it comes from. */
  readonly forget: (deviceId: string) => void
  /** The home that new speakers join; made on first use. */
  readonly defaultHomeId: () => string
}

type DeviceStoreDeps = { readonly db: Database.Database; readonly sealer: Sealer; readonly clock: Clock }

const place = (deviceId: string) => `devices.secret_sealed/${deviceId}`
const firstHome = 'home'

export const createDeviceStore = ({ db, sealer, clock }: DeviceStoreDeps): DeviceStore => {
  const columns = Object.keys(deviceRow.entries).join(', ')
  const findRow = db.prepare<[string]>(`SELECT ${columns} FROM devices WHERE device_id = ?`)
  const listRows = db.prepare(`SELECT ${columns} FROM devices ORDER BY device_id`)
  const enrolledIds = db
    .prepare<[string, number], string>(
      'SELECT device_id FROM devices WHERE revoked_at IS NULL AND device_id > ? ORDER BY device_id LIMIT ?',
    )
    .pluck()
  const insert = db.prepare(`
    INSERT INTO devices (device_id, home_id, secret_sealed, enrolled_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (device_id) DO UPDATE SET home_id = excluded.home_id, secret_sealed = excluded.secret_sealed,
      enrolled_at = excluded.enrolled_at, revoked_at = NULL`)
  const revokeRow = db.prepare('UPDATE devices SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL')
  const forgetting = ['events', 'schedule_items', 'device_status', 'device_retention'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE device_id = ?`),
  )
  const insertHome = db.prepare(
    'INSERT INTO homes (home_id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (home_id) DO NOTHING',
  )
  const now = () => clock.wallTime().toISOString()
  const toDevice = (raw: unknown): EnrolledDevice => {
    const row = readRow(deviceRow, raw, 'devices')
    return {
      deviceId: row.device_id,
      homeId: row.home_id,
      secret: sealer.open(row.secret_sealed, place(row.device_id)),
      enrolledAt: row.enrolled_at,
      revoked: row.revoked_at !== null,
    }
  }
  return {
    find: (deviceId) => {
      const row = findRow.get(deviceId)
      return row === undefined ? undefined : toDevice(row)
    },
    list: () => listRows.all().map(toDevice),
    enrolledIds: ({ after, limit } = { after: '', limit: -1 }) => enrolledIds.all(after, limit),
    save: ({ deviceId, homeId, secret }) =>
      void insert.run(deviceId, homeId, sealer.seal(secret, place(deviceId)), now()),
    revoke: (deviceId) => revokeRow.run(now(), deviceId).changes === 1,
    forget: (deviceId) => {
      for (const statement of forgetting) statement.run(deviceId)
    },
    defaultHomeId: () => {
      insertHome.run(firstHome, 'Home', now())
      return firstHome
    },
  }
}

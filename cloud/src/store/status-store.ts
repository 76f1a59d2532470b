import { type Instant, instant } from '@mynah/shared/time/instant.ts'
import { type FromDeviceMessage, fromDevice } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { instantColumn, jsonColumn, readRow } from './row.ts'

const statusRow = v.object({ device_id: v.string(), status: jsonColumn(fromDevice.status), seen_at: instantColumn })

export type SeenStatus = {
  readonly deviceId: string
  readonly status: FromDeviceMessage<'status'>
  readonly seenAt: Instant
}

export type StatusStore = {
  /** All in one transaction, one wait for the disk. Speakers that were never enrolled are left out. */
  readonly save: (statuses: readonly SeenStatus[]) => void
  readonly list: () => readonly SeenStatus[]
}

export const createStatusStore = ({ db }: { db: Database.Database }): StatusStore => {
  const upsert = db.prepare(`
    INSERT INTO device_status (device_id, online, status, seen_at)
    SELECT device_id, @online, @status, @seen_at FROM devices WHERE device_id = @device_id
    ON CONFLICT (device_id) DO UPDATE SET online = excluded.online, status = excluded.status, seen_at = excluded.seen_at`)
  const rows = db.prepare('SELECT device_id, status, seen_at FROM device_status')
  const save = db.transaction((statuses: readonly SeenStatus[]) => {
    for (const { deviceId, status, seenAt } of statuses) {
      upsert.run({
        device_id: deviceId,
        online: status.online ? 1 : 0,
        status: JSON.stringify(status),
        seen_at: seenAt.toISOString(),
      })
    }
  })
  return {
    save: (statuses) => save.immediate(statuses),
    list: () =>
      rows.all().map((raw) => {
        const row = readRow(statusRow, raw, 'device_status')
        return { deviceId: row.device_id, status: row.status, seenAt: instant(row.seen_at) }
      }),
  }
}

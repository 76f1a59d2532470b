import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { instantColumn, jsonColumn, readRow } from './row.ts'

const registeredRow = v.object({ device_id: v.string(), home_id: v.string(), enrolled_at: instantColumn })
export type RegisteredDevice = { readonly deviceId: string; readonly homeId: string; readonly enrolledAt: string }
const eventRow = v.object({
  at: instantColumn,
  type: v.string(),
  detail: jsonColumn(v.record(v.string(), v.unknown())),
})
export type DeviceEvent = v.InferOutput<typeof eventRow>
const tokenRow = v.object({
  token_id: v.string(),
  name: v.nullable(v.string()),
  for_device_id: v.nullable(v.string()),
  created_at: instantColumn,
  expires_at: instantColumn,
  used_by: v.nullable(v.string()),
})
export type EnrolmentTokenRow = v.InferOutput<typeof tokenRow>

/** Which speakers and enrolment tokens belong to which home; unlike device-store.ts it never opens a secret. */
export type DeviceRegistry = {
  readonly list: () => readonly RegisteredDevice[]
  readonly find: (deviceId: string) => RegisteredDevice | undefined
  readonly move: (deviceId: string, homeId: string) => void
  /** Newest first. */
  readonly events: (deviceId: string, limit: number) => readonly DeviceEvent[]
  readonly tokens: (homeId: string) => readonly EnrolmentTokenRow[]
  /** False when there is no unused token of this id in this home. */
  readonly removeToken: (homeId: string, tokenId: string) => boolean
}

export const createDeviceRegistry = ({ db }: { readonly db: Database.Database }): DeviceRegistry => {
  const columns = 'SELECT device_id, home_id, enrolled_at FROM devices WHERE revoked_at IS NULL'
  const list = db.prepare(`${columns} ORDER BY device_id`)
  const find = db.prepare<[string]>(`${columns} AND device_id = ?`)
  const move = db.prepare('UPDATE devices SET home_id = ? WHERE device_id = ?')
  const events = db.prepare<[string, number]>(
    'SELECT at, type, detail FROM events WHERE device_id = ? ORDER BY event_id DESC LIMIT ?',
  )
  const tokens = db.prepare<[string]>(`
    SELECT ${Object.keys(tokenRow.entries).join(', ')} FROM enrolment_tokens WHERE home_id = ? ORDER BY created_at DESC LIMIT 200`)
  const removeToken = db.prepare('DELETE FROM enrolment_tokens WHERE home_id = ? AND token_id = ? AND used_at IS NULL')
  const toDevice = (raw: unknown): RegisteredDevice => {
    const row = readRow(registeredRow, raw, 'devices')
    return { deviceId: row.device_id, homeId: row.home_id, enrolledAt: row.enrolled_at }
  }
  return {
    list: () => list.all().map(toDevice),
    find: (deviceId) => {
      const row = find.get(deviceId)
      return row === undefined ? undefined : toDevice(row)
    },
    move: (deviceId, homeId) => void move.run(homeId, deviceId),
    events: (deviceId, limit) => events.all(deviceId, limit).map((row) => readRow(eventRow, row, 'events')),
    tokens: (homeId) => tokens.all(homeId).map((row) => readRow(tokenRow, row, 'enrolment_tokens')),
    removeToken: (homeId, tokenId) => removeToken.run(homeId, tokenId).changes === 1,
  }
}

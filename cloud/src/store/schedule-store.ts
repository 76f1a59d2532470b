import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import { fromDevice } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, jsonColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'

const itemRow = v.object({ device_id: v.string(), item_id: v.string(), item_sealed: blobColumn })
const itemText = jsonColumn(fromDevice['schedule/state'].entries.items.pipe[0].item)

export type ScheduleStore = {
  /** The speaker owns its timers and alarms; this is what it last reported. */
  readonly replace: (deviceId: string, items: readonly ScheduleItem[]) => void
  readonly listAll: () => ReadonlyMap<string, readonly ScheduleItem[]>
}

const place = (deviceId: string, itemId: string) => `schedule_items.item_sealed/${deviceId}/${itemId}`

export const createScheduleStore = ({ db, sealer }: { db: Database.Database; sealer: Sealer }): ScheduleStore => {
  const clear = db.prepare('DELETE FROM schedule_items WHERE device_id = ?')
  const insert = db.prepare('INSERT OR REPLACE INTO schedule_items (device_id, item_id, item_sealed) VALUES (?, ?, ?)')
  const rows = db.prepare('SELECT device_id, item_id, item_sealed FROM schedule_items ORDER BY device_id, item_id')
  const replace = db.transaction((deviceId: string, items: readonly ScheduleItem[]) => {
    clear.run(deviceId)
    for (const item of items) {
      insert.run(deviceId, item.item_id, sealer.sealText(JSON.stringify(item), place(deviceId, item.item_id)))
    }
  })
  return {
    replace: (deviceId, items) => replace.immediate(deviceId, items),
    listAll: () => {
      const byDevice = new Map<string, ScheduleItem[]>()
      for (const raw of rows.all()) {
        const row = readRow(itemRow, raw, 'schedule_items')
        const text = sealer.openText(row.item_sealed, place(row.device_id, row.item_id))
        const items = byDevice.get(row.device_id) ?? []
        items.push(readRow(itemText, text, 'schedule_items'))
        byDevice.set(row.device_id, items)
      }
      return byDevice
    },
  }
}

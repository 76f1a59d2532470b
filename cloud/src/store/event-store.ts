import type { Clock } from '@mynah/shared/time/clock.ts'
import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'

const eventsKeptPerDevice = 1_000

export type EventStore = {
  /** Keeps the newest thousand of each speaker. */
  readonly add: (deviceId: string, event: FromDeviceMessage<'event'>) => void
  readonly countOf: (deviceId: string) => number
}

export const createEventStore = ({ db, clock }: { db: Database.Database; clock: Clock }): EventStore => {
  const insert = db.prepare('INSERT INTO events (device_id, at, type, detail) VALUES (?, ?, ?, ?)')
  const prune = db.prepare(`
    DELETE FROM events WHERE device_id = @device_id AND event_id <= (
      SELECT event_id FROM events WHERE device_id = @device_id ORDER BY event_id DESC LIMIT 1 OFFSET @kept)`)
  const count = db.prepare<[string], { count: number }>('SELECT count(*) AS count FROM events WHERE device_id = ?')
  const add = db.transaction((deviceId: string, event: FromDeviceMessage<'event'>) => {
    const { v: _version, type, ...detail } = event
    const { lastInsertRowid } = insert.run(deviceId, clock.wallTime().toISOString(), type, JSON.stringify(detail))
    if (Number(lastInsertRowid) % 100 === 0) prune.run({ device_id: deviceId, kept: eventsKeptPerDevice })
  })
  return {
    add: (deviceId, event) => add.immediate(deviceId, event),
    countOf: (deviceId) => count.get(deviceId)?.count ?? 0,
  }
}

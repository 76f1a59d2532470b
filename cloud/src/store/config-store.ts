import type { Clock } from '@mynah/shared/time/clock.ts'
import { defaultWakeWords } from '@mynah/shared/wire/config-defaults.ts'
import { type ToDeviceMessage, toDevice } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { jsonColumn, readRow } from './row.ts'

const states = v.picklist(['pending', 'applied', 'refused', 'replaced'])
const failure = v.object({ code: v.string(), field: v.string(), message: v.string() })
const configRow = v.object({
  device_id: v.string(),
  version: v.number(),
  config: jsonColumn(toDevice.config),
  state: states,
  error: v.nullable(jsonColumn(failure)),
})

export type ConfigState = v.InferOutput<typeof states>
export type ConfigFailure = v.InferOutput<typeof failure>
export type StoredConfig = {
  readonly deviceId: string
  readonly config: ToDeviceMessage<'config'>
  readonly state: ConfigState
  readonly error?: ConfigFailure
}

export type ConfigStore = {
  /** The newest version. */
  readonly latest: (deviceId: string) => StoredConfig | undefined
  readonly listLatest: () => readonly StoredConfig[]
  /** For which words the speakers of a home listen, each once: those of their configuration, or what they begin with. */
  readonly wakeWordsOf: (homeId: string) => readonly string[]
  /** Stores the next version as pending; versions count from 1 and never repeat. The newest ten of a speaker are kept. */
  readonly add: (deviceId: string, make: (version: number) => ToDeviceMessage<'config'>) => ToDeviceMessage<'config'>
  readonly acknowledge: (
    deviceId: string,
    version: number,
    outcome: { state: 'applied' | 'refused'; error?: ConfigFailure },
  ) => boolean
}

/** An old one is looked at by nobody; one that a speaker still confirms is one of the last few. */
const versionsKept = 10

export const createConfigStore = ({ db, clock }: { db: Database.Database; clock: Clock }): ConfigStore => {
  const columns = Object.keys(configRow.entries).join(', ')
  const latestRow = db.prepare<[string]>(
    `SELECT ${columns} FROM device_configs WHERE device_id = ? ORDER BY version DESC LIMIT 1`,
  )
  const latestRows = db.prepare(`
    SELECT ${columns} FROM device_configs AS c
    WHERE version = (SELECT max(version) FROM device_configs WHERE device_id = c.device_id)`)
  const wakeWords = db.prepare<[string, string], { word: string }>(`
    WITH heard AS (
      SELECT (
        SELECT json_extract(config, '$.wake.words') FROM device_configs AS c WHERE c.device_id = d.device_id
        ORDER BY version DESC LIMIT 1) AS words
      FROM devices AS d WHERE d.home_id = ? AND d.revoked_at IS NULL)
    SELECT DISTINCT word.value AS word FROM heard, json_each(coalesce(words, ?)) AS word ORDER BY word`)
  const newestVersion = db.prepare<[string], { version: number | null }>(
    'SELECT max(version) AS version FROM device_configs WHERE device_id = ?',
  )
  const replacePending = db.prepare(
    "UPDATE device_configs SET state = 'replaced' WHERE device_id = ? AND state = 'pending'",
  )
  const insert = db.prepare(
    "INSERT INTO device_configs (device_id, version, config, state, created_at) VALUES (?, ?, ?, 'pending', ?)",
  )
  const forgetOld = db.prepare('DELETE FROM device_configs WHERE device_id = ? AND version <= ?')
  const setState = db.prepare(`
    UPDATE device_configs SET state = ?, error = ?, acknowledged_at = ? WHERE device_id = ? AND version = ?`)
  const now = () => clock.wallTime().toISOString()
  const toConfig = (raw: unknown): StoredConfig => {
    const row = readRow(configRow, raw, 'device_configs')
    return {
      deviceId: row.device_id,
      config: row.config,
      state: row.state,
      ...(row.error !== null && { error: row.error }),
    }
  }
  const add = db.transaction((deviceId: string, make: (version: number) => ToDeviceMessage<'config'>) => {
    const config = make((newestVersion.get(deviceId)?.version ?? 0) + 1)
    replacePending.run(deviceId)
    insert.run(deviceId, config.version, JSON.stringify(config), now())
    forgetOld.run(deviceId, config.version - versionsKept)
    return config
  })
  return {
    latest: (deviceId) => {
      const row = latestRow.get(deviceId)
      return row === undefined ? undefined : toConfig(row)
    },
    wakeWordsOf: (homeId) => wakeWords.all(homeId, JSON.stringify(defaultWakeWords)).map(({ word }) => word),
    listLatest: () => latestRows.all().map(toConfig),
    // Inside another transaction it joins that one.
    add: (deviceId, make) => add.immediate(deviceId, make),
    acknowledge: (deviceId, version, { state, error }) =>
      setState.run(state, error ? JSON.stringify(error) : null, now(), deviceId, version).changes === 1,
  }
}

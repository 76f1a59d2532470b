import type { ReleaseState, Ring } from '@mynah/shared/api/firmware.ts'
import { type Manifest, manifestSchema } from '@mynah/shared/firmware/manifest.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, instantColumn, jsonColumn, readRow } from './row.ts'

const ring = v.picklist(['canary', 'early', 'all'])
const releaseRow = v.object({
  release_id: v.string(),
  manifest: blobColumn,
  signature: blobColumn,
  uploaded_at: instantColumn,
  uploaded_by: v.string(),
  state: v.picklist(['active', 'paused', 'withdrawn']),
  ring,
  percent: v.number(),
})
const keyRow = v.object({ key_id: v.string(), name: v.string(), public_key: v.string(), added_at: instantColumn })
const ringRow = v.object({ device_id: v.string(), ring })
const manifestText = jsonColumn(manifestSchema)

export type Release = {
  readonly releaseId: string
  readonly manifest: Manifest
  /** As they were signed. */
  readonly manifestBytes: Uint8Array
  readonly signature: Uint8Array
  readonly uploadedAt: string
  readonly uploadedBy: string
  readonly state: ReleaseState
  readonly ring: Ring
  readonly percent: number
}
export type FirmwareKey = v.InferOutput<typeof keyRow>
export type NewRelease = Pick<Release, 'releaseId' | 'manifest' | 'manifestBytes' | 'signature' | 'uploadedBy'>

export type FirmwareStore = {
  readonly list: () => readonly Release[]
  readonly find: (releaseId: string) => Release | undefined
  /** Paused, for the first ring. False when this version is there for this target. */
  readonly add: (release: NewRelease) => boolean
  readonly change: (releaseId: string, change: Pick<Release, 'state' | 'ring' | 'percent'>) => void
  readonly remove: (releaseId: string) => void
  readonly rings: () => ReadonlyMap<string, Ring>
  readonly setRing: (deviceId: string, ring: Ring) => void
  readonly keys: () => readonly FirmwareKey[]
  /** False when it is there. */
  readonly addKey: (key: Omit<FirmwareKey, 'added_at'>) => boolean
  readonly removeKey: (keyId: string) => boolean
}

export const createFirmwareStore = ({ db, clock }: { db: Database.Database; clock: Clock }): FirmwareStore => {
  const columns = `SELECT ${Object.keys(releaseRow.entries).join(', ')} FROM firmware_releases`
  const list = db.prepare(`${columns} ORDER BY uploaded_at, release_id`)
  const find = db.prepare<[string]>(`${columns} WHERE release_id = ?`)
  const insert = db.prepare(`
    INSERT INTO firmware_releases (release_id, version, target, manifest, signature, key_id, uploaded_at, uploaded_by, state, ring, percent)
    VALUES (@release_id, @version, @target, @manifest, @signature, @key_id, @at, @by, 'paused', 'canary', 100) ON CONFLICT DO NOTHING`)
  const update = db.prepare('UPDATE firmware_releases SET state = ?, ring = ?, percent = ? WHERE release_id = ?')
  const remove = db.prepare('DELETE FROM firmware_releases WHERE release_id = ?')
  const rings = db.prepare('SELECT device_id, ring FROM firmware_rings')
  const putRing = db.prepare(
    'INSERT INTO firmware_rings (device_id, ring) VALUES (?, ?) ON CONFLICT (device_id) DO UPDATE SET ring = excluded.ring',
  )
  const dropRing = db.prepare('DELETE FROM firmware_rings WHERE device_id = ?')
  const keys = db.prepare('SELECT key_id, name, public_key, added_at FROM firmware_keys ORDER BY added_at')
  const addKey = db.prepare(
    'INSERT INTO firmware_keys (key_id, name, public_key, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const removeKey = db.prepare('DELETE FROM firmware_keys WHERE key_id = ?')
  const now = () => clock.wallTime().toISOString()
  const toRelease = (raw: unknown): Release => {
    const row = readRow(releaseRow, raw, 'firmware_releases')
    return {
      releaseId: row.release_id,
      manifest: readRow(manifestText, Buffer.from(row.manifest).toString('utf8'), 'firmware_releases'),
      manifestBytes: row.manifest,
      signature: row.signature,
      uploadedAt: row.uploaded_at,
      uploadedBy: row.uploaded_by,
      state: row.state,
      ring: row.ring,
      percent: row.percent,
    }
  }
  return {
    list: () => list.all().map(toRelease),
    find: (releaseId) => {
      const row = find.get(releaseId)
      return row === undefined ? undefined : toRelease(row)
    },
    add: ({ releaseId, manifest, manifestBytes, signature, uploadedBy }) =>
      insert.run({
        release_id: releaseId,
        version: manifest.version,
        target: manifest.target,
        manifest: manifestBytes,
        signature,
        key_id: manifest.key_id,
        at: now(),
        by: uploadedBy,
      }).changes === 1,
    change: (releaseId, { state, ring: to, percent }) => void update.run(state, to, percent, releaseId),
    remove: (releaseId) => void remove.run(releaseId),
    rings: () =>
      new Map(
        rings.all().map((raw) => {
          const row = readRow(ringRow, raw, 'firmware_rings')
          return [row.device_id, row.ring]
        }),
      ),
    setRing: (deviceId, to) => void (to === 'all' ? dropRing.run(deviceId) : putRing.run(deviceId, to)),
    keys: () => keys.all().map((row) => readRow(keyRow, row, 'firmware_keys')),
    addKey: ({ key_id, name, public_key }) => addKey.run(key_id, name, public_key, now()).changes === 1,
    removeKey: (keyId) => removeKey.run(keyId).changes === 1,
  }
}

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { decodeTrack, type SoundTrack, trackMs } from '../sounds/sound-track.ts'
import { inSlices, sliceRows } from './in-slices.ts'
import { blobColumn, readRow } from './row.ts'
import { createSealer, SealError, type Sealer } from './seal.ts'

/** Both directions of a turn, encoded by sound-track.ts. */
export type TurnSound = { readonly heard: Uint8Array; readonly spoken: Uint8Array }

export type SoundStore = {
  /** Seals the sound into a file of its own. False when the turn is gone meanwhile, or there is nothing in it. */
  readonly keep: (sessionId: string, sound: TurnSound) => Promise<boolean>
  /** Undefined when none was kept, or its file is not there any more. */
  readonly read: (sessionId: string, part: 'heard' | 'spoken') => SoundTrack | undefined
  /** The turn stays. */
  readonly remove: (sessionId: string) => Promise<void>
  /** Removes the files of all rows that were deleted, by whatever way. */
  readonly removeDropped: () => Promise<void>
  /** Files that no row knows any more, as after a backup was taken over. Returns how many. */
  readonly removeUnknown: () => number
  readonly totalBytes: () => number
}

type SoundStoreDeps = {
  readonly db: Database.Database
  readonly sealer: Sealer
  readonly clock: Clock
  readonly dir: string
  /** Of all sounds together; the oldest go first. */
  readonly maxBytes: number
}

const soundRow = v.object({ file: v.string(), key_sealed: blobColumn })
const keyPlace = (sessionId: string) => `turn_sounds.key_sealed/${sessionId}`
const filePlace = (sessionId: string, part: string) => `sounds/${sessionId}/${part}`
const lengthBytes = 4

/** `heard` with its length in front, then `spoken`; each sealed by itself, so that one can be read without the other. */
const sealBoth = (sessionId: string, sound: TurnSound, key: Uint8Array): Buffer => {
  const sealer = createSealer(key)
  const heard = sealer.seal(sound.heard, filePlace(sessionId, 'heard'))
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(heard.length)
  return Buffer.concat([length, heard, sealer.seal(sound.spoken, filePlace(sessionId, 'spoken'))])
}

const prepare = (db: Database.Database) => ({
  insert: db.prepare(`
    INSERT INTO turn_sounds (session_id, file, key_sealed, size_bytes, heard_ms, spoken_ms, kept_at)
    SELECT session_id, @file, @key_sealed, @size_bytes, @heard_ms, @spoken_ms, @kept_at FROM turns WHERE session_id = @session_id
    ON CONFLICT DO NOTHING`),
  find: db.prepare<[string]>('SELECT file, key_sealed FROM turn_sounds WHERE session_id = ?'),
  remove: db.prepare('DELETE FROM turn_sounds WHERE session_id = ?'),
  total: db.prepare<[], { total: number }>('SELECT size_bytes AS total FROM kept_sounds'),
  removeOldest: db.prepare(
    'DELETE FROM turn_sounds WHERE session_id = (SELECT session_id FROM turn_sounds ORDER BY kept_at LIMIT 1)',
  ),
  dropped: db.prepare<[number], { file: string }>('SELECT file FROM dropped_sounds LIMIT ?'),
  forgetDropped: db.prepare('DELETE FROM dropped_sounds WHERE file IN (SELECT value FROM json_each(?))'),
  files: db.prepare<[], { file: string }>('SELECT file FROM turn_sounds UNION ALL SELECT file FROM dropped_sounds'),
})

/**
 * The sound of turns: files beside the database, each sealed with a key of its own that is in its row (sealed by the master key). With the
 * row goes the key: a file that lives on, on a worn block of a card or in somebody's copy of the folder, opens no more.
 */
export const createSoundStore = ({ db, sealer, clock, dir, maxBytes }: SoundStoreDeps): SoundStore => {
  const statements = prepare(db)
  const totalBytes = () => statements.total.get()?.total ?? 0
  const pathOf = (file: string) => join(dir, file)
  const removeDropped = async () => {
    for (;;) {
      const files = statements.dropped.all(sliceRows).map(({ file }) => file)
      await Promise.all(files.map((file) => rm(pathOf(file), { force: true })))
      // All of the slice or none: whoever comes next removes files again that are gone, which changes nothing.
      if (files.length > 0) statements.forgetDropped.run(JSON.stringify(files))
      if (files.length < sliceRows) return
    }
  }
  /** One after the other: a limit that was lowered meets them all here. */
  const removeOldest = (limit: number): number => {
    let removed = 0
    while (removed < limit && totalBytes() > maxBytes && statements.removeOldest.run().changes > 0) removed += 1
    return removed
  }
  const makeRoom = async () => {
    await inSlices(clock, removeOldest)
    await removeDropped()
  }
  return {
    totalBytes,
    removeDropped,
    keep: async (sessionId, sound) => {
      const [heard, spoken] = [decodeTrack(sound.heard), decodeTrack(sound.spoken)]
      if (!heard.ok || !spoken.ok || trackMs(heard.value) + trackMs(spoken.value) === 0) return false
      const key = randomBytes(32)
      const file = `${randomBytes(16).toString('hex')}.sound`
      const sealed = sealBoth(sessionId, sound, key)
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      await writeFile(pathOf(file), sealed, { mode: 0o600, flush: true })
      const row = {
        session_id: sessionId,
        file,
        key_sealed: sealer.seal(key, keyPlace(sessionId)),
        size_bytes: sealed.length,
        heard_ms: trackMs(heard.value),
        spoken_ms: trackMs(spoken.value),
        kept_at: clock.wallTime().toISOString(),
      }
      const isKept = statements.insert.run(row).changes === 1
      if (!isKept) rmSync(pathOf(file), { force: true })
      await makeRoom()
      return isKept
    },
    read: (sessionId, part) => {
      const raw = statements.find.get(sessionId)
      if (raw === undefined) return undefined
      const { file, key_sealed } = readRow(soundRow, raw, 'turn_sounds')
      if (!existsSync(pathOf(file))) return undefined
      const bytes = readFileSync(pathOf(file))
      const split = bytes.length < lengthBytes ? 0 : lengthBytes + bytes.readUInt32BE()
      const sealed = part === 'heard' ? bytes.subarray(lengthBytes, split) : bytes.subarray(split)
      try {
        const track = decodeTrack(
          createSealer(sealer.open(key_sealed, keyPlace(sessionId))).open(sealed, filePlace(sessionId, part)),
        )
        return track.ok ? track.value : undefined
      } catch (error) {
        // Cut short by a full disk, or changed by somebody: nothing that could be played.
        if (error instanceof SealError) return undefined
        throw error
      }
    },
    remove: async (sessionId) => {
      statements.remove.run(sessionId)
      await removeDropped()
      db.pragma('wal_checkpoint(TRUNCATE)')
    },
    removeUnknown: () => {
      if (!existsSync(dir)) return 0
      const known = new Set(statements.files.all().map(({ file }) => file))
      const unknown = readdirSync(dir).filter((file) => file.endsWith('.sound') && !known.has(file))
      for (const file of unknown) rmSync(pathOf(file), { force: true })
      return unknown.length
    },
  }
}

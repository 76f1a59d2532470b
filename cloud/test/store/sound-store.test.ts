import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeTrack } from '../../src/sounds/sound-track.ts'
import { createSoundStore } from '../../src/store/sound-store.ts'
import { temporaryStore } from '../temporary-store.ts'

const sessionOf = (letter: string) => letter.repeat(22)
/** Words that must be found nowhere in a file. */
const marker = Buffer.from('what-was-said-in-the-kitchen')
const sound = {
  heard: encodeTrack({ sampleRateHz: 16_000, frames: [marker, new Uint8Array(0)] }),
  spoken: encodeTrack({ sampleRateHz: 24_000, frames: [marker, marker, marker] }),
}

describe('the sound of turns', () => {
  const clock = createManualClock()
  let fixture: ReturnType<typeof temporaryStore>
  let dir: string
  beforeEach(() => {
    fixture = temporaryStore(clock)
    dir = join(fixture.dataDir, 'sounds')
  })
  afterEach(() => fixture.close())
  const storeOf = (maxBytes = 1_000_000) => {
    const { db, sealer } = fixture.store
    return createSoundStore({ db, sealer, clock, dir, maxBytes })
  }
  const openTurn = (sessionId: string) =>
    fixture.store.turns.open({
      sessionId,
      conversationId: 'c',
      deviceId: 'kitchen',
      homeId: 'home',
      trigger: 'wake_word',
      language: 'en',
      startedAt: clock.wallTime(),
    })
  const files = () => readdirSync(dir)

  test('comes back as it was, and lies sealed on the disk', async () => {
    const store = storeOf()
    openTurn(sessionOf('A'))
    expect(await store.keep(sessionOf('A'), sound)).toBe(true)
    expect(store.read(sessionOf('A'), 'heard')?.frames.map((frame) => frame.length)).toEqual([marker.length, 0])
    expect(store.read(sessionOf('A'), 'spoken')).toMatchObject({ sampleRateHz: 24_000 })
    for (const file of files()) expect(readFileSync(join(dir, file)).includes(marker)).toBe(false)
    expect(store.totalBytes()).toBe(readFileSync(join(dir, files()[0] ?? '')).length)
  })

  test('goes with its turn by whatever way the turn goes, and its file with it', async () => {
    const store = storeOf()
    for (const letter of ['A', 'B']) {
      openTurn(sessionOf(letter))
      await store.keep(sessionOf(letter), sound)
    }
    fixture.store.db.prepare('DELETE FROM turns WHERE session_id = ?').run(sessionOf('A'))
    expect(files()).toHaveLength(2)
    await store.removeDropped()
    expect(files()).toHaveLength(1)
    expect(store.read(sessionOf('A'), 'heard')).toBeUndefined()
    await store.remove(sessionOf('B'))
    expect(files()).toEqual([])
    expect(store.totalBytes()).toBe(0)
    expect(fixture.store.turns.find(sessionOf('B'))).toBeDefined()
  })

  test('is not kept for a turn that is gone, nor when there is none', async () => {
    const store = storeOf()
    expect(await store.keep(sessionOf('A'), sound)).toBe(false)
    expect(files()).toEqual([])
    openTurn(sessionOf('A'))
    const nothing = {
      heard: encodeTrack({ sampleRateHz: 16_000, frames: [] }),
      spoken: encodeTrack({ sampleRateHz: 24_000, frames: [] }),
    }
    expect(await store.keep(sessionOf('A'), nothing)).toBe(false)
    expect(await store.keep(sessionOf('A'), { ...sound, heard: Uint8Array.of(9) })).toBe(false)
    expect(files()).toEqual([])
  })

  test('never takes more of the disk than it may: the oldest goes first, its turn stays', async () => {
    const store = storeOf(600)
    for (const letter of ['A', 'B', 'C']) {
      openTurn(sessionOf(letter))
      await store.keep(sessionOf(letter), sound)
      await clock.advance(1_000)
    }
    expect(store.totalBytes()).toBeLessThanOrEqual(600)
    expect(store.read(sessionOf('A'), 'heard')).toBeUndefined()
    expect(store.read(sessionOf('C'), 'heard')).toBeDefined()
    expect(files().length).toBe(2)
    expect(fixture.store.turns.find(sessionOf('A'))).toBeDefined()
  })

  test('that was changed, moved to another turn or cut short is not played', async () => {
    const store = storeOf()
    for (const letter of ['A', 'B']) {
      openTurn(sessionOf(letter))
      await store.keep(sessionOf(letter), sound)
    }
    const [one = '', two = ''] = files()
    const bytes = readFileSync(join(dir, one))
    writeFileSync(join(dir, two), bytes)
    const readable = [sessionOf('A'), sessionOf('B')].filter((id) => store.read(id, 'heard'))
    expect(readable).toHaveLength(1)
    for (const cut of [0, 3, 10, bytes.length - 1]) {
      writeFileSync(join(dir, one), bytes.subarray(0, cut))
      expect(store.read(readable[0] ?? '', 'spoken')).toBeUndefined()
    }
  })

  test('whose row is in no database any more is removed', async () => {
    const store = storeOf()
    openTurn(sessionOf('A'))
    await store.keep(sessionOf('A'), sound)
    writeFileSync(join(dir, `${'0'.repeat(32)}.sound`), 'left over')
    expect(store.removeUnknown()).toBe(1)
    expect(files()).toHaveLength(1)
  })
})

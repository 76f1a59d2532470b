import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { databasePath } from '../../src/store/open-store.ts'
import { createSealer } from '../../src/store/seal.ts'
import { createTurnArchive, type RemovedTurns } from '../../src/store/turn-archive.ts'
import { temporaryStore } from '../temporary-store.ts'

const clock = createManualClock()
let fixture = temporaryStore(clock)
beforeEach(() => {
  fixture = temporaryStore(clock)
})
afterEach(() => fixture.close())

const opened = (sessionId: string, deviceId: string) => ({
  sessionId,
  conversationId: 'conversation',
  deviceId,
  homeId: 'home',
  trigger: 'wake_word' as const,
  language: 'en' as const,
  speakerName: 'Laptop',
  startedAt: clock.wallTime(),
})

test.each<readonly [RemovedTurns, readonly string[]]>([
  [{ sessionId: 'one' }, ['two', 'three']],
  [{ deviceId: 'kitchen', homeId: 'home' }, ['three']],
  [{ deviceId: 'kitchen', homeId: 'elsewhere' }, ['one', 'two', 'three']],
  [{ homeId: 'home' }, []],
  [{ deviceIds: ['bathroom', 'garden'] }, ['one', 'two']],
])('%j is removed without looking at every other turn', (which, left) => {
  const { turns } = fixture.store
  turns.open(opened('one', 'kitchen'))
  turns.open(opened('two', 'kitchen'))
  turns.open(opened('three', 'bathroom'))
  const said: string[] = []
  const db = new Database(databasePath(fixture.dataDir), { verbose: (sql) => void said.push(String(sql)) })
  const sounds = { removeDropped: () => {} }
  const archive = createTurnArchive({
    db,
    sealer: createSealer(Buffer.alloc(32)),
    clock,
    sounds,
  })
  const removed = archive.remove(which)
  expect(['one', 'two', 'three'].filter((sessionId) => turns.find(sessionId))).toEqual(left)
  expect(removed).toBe(3 - left.length)
  const deletion = said.find((sql) => sql.trim().startsWith('DELETE FROM turns '))
  const plan = db.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${deletion}`).all()
  expect(plan[0]?.detail).toMatch(/^SEARCH turns USING/)
  db.close()
})

import { seededRandom } from '@mynah/shared/streams/random.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { databasePath } from '../../src/store/open-store.ts'
import { createSealer } from '../../src/store/seal.ts'
import {
  createTurnArchive,
  type RemovedTurns,
  type TurnFilter,
  type TurnPosition,
} from '../../src/store/turn-archive.ts'
import { temporaryStore } from '../temporary-store.ts'

const clock = createManualClock()
let fixture = temporaryStore(clock)
beforeEach(() => {
  fixture = temporaryStore(clock)
})
afterEach(() => fixture.close())

const opened = (sessionId: string, deviceId: string, homeId = 'home') => ({
  sessionId,
  conversationId: 'conversation',
  deviceId,
  homeId,
  trigger: 'wake_word' as const,
  language: 'en' as const,
  speakerName: 'Laptop',
  startedAt: clock.wallTime(),
})

/** The archive of the same files, with all that it says to the database. */
const overheard = () => {
  const statements: string[] = []
  const db = new Database(databasePath(fixture.dataDir), { verbose: (sql) => void statements.push(String(sql)) })
  const archive = createTurnArchive({
    db,
    sealer: createSealer(Buffer.alloc(32)),
    clock,
    sounds: { removeDropped: async () => {} },
  })
  const planOf = (start: string) => {
    const sql = statements.find((each) => each.trim().startsWith(start))
    return db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail)
  }
  return { archive, planOf, close: () => db.close() }
}

test.each<readonly [RemovedTurns, readonly string[]]>([
  [{ sessionId: 'one' }, ['two', 'three']],
  [{ deviceId: 'kitchen', homeId: 'home' }, ['three']],
  [{ deviceId: 'kitchen', homeId: 'elsewhere' }, ['one', 'two', 'three']],
  [{ homeId: 'home' }, []],
  [{ deviceIds: ['bathroom', 'garden'] }, ['one', 'two']],
])('%j is removed without looking at every other turn', async (which, left) => {
  const { turns } = fixture.store
  turns.open(opened('one', 'kitchen'))
  turns.open(opened('two', 'kitchen'))
  turns.open(opened('three', 'bathroom'))
  const { archive, planOf, close } = overheard()
  const removed = await archive.remove(which)
  expect(['one', 'two', 'three'].filter((sessionId) => turns.find(sessionId))).toEqual(left)
  expect(removed).toBe(3 - left.length)
  const plan = planOf('DELETE FROM turns ')
  expect(plan[0]).toMatch(/^SEARCH turns USING/)
  expect(plan.filter((step) => /^SCAN turns/.test(step))).toEqual([])
  close()
})

test.each<readonly [TurnFilter, string]>([
  [{ homeIds: ['home', 'cabin'] }, 'turns_of_home (home_id=? AND started_at>? AND started_at<?)'],
  [
    { homeIds: ['home'], deviceId: 'kitchen' },
    'turns_of_device (device_id=? AND home_id=? AND started_at>? AND started_at<?)',
  ],
])('a page of %j is found in its order: nothing is sorted but the pages of the homes', (filter, index) => {
  const { archive, planOf, close } = overheard()
  archive.page(filter, { startedAt: '2026-01-01T00:00:00.000Z', sessionId: 'one' }, 10)
  const plan = planOf('SELECT t.*')
  expect(plan.filter((step) => /\bturns\b/.test(step))).toEqual([`SEARCH turns USING COVERING INDEX ${index}`])
  expect(plan.filter((step) => /^SCAN (t|turns)\b/.test(step))).toEqual([])
  expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toHaveLength(1)
  archive.countOfDevice('kitchen', 'home')
  expect(planOf('SELECT count(*)').join()).toContain('COVERING INDEX turns_of_device (device_id=? AND home_id=?)')
  close()
})

const random = seededRandom(7)
const oneOf = <T>(choices: readonly T[]): T => {
  const choice = choices[Math.floor(random() * choices.length)]
  if (choice === undefined) throw new Error('nothing to choose from')
  return choice
}
const said = {
  conversationId: 'conversation',
  heardText: '',
  replyText: '',
  heardReplyText: '',
  toolsCalled: [],
  timings: {},
}
const someTurns = Array.from({ length: 120 }, (_, index) => ({
  // Many begin at the same moment.
  atMs: Math.floor(random() * 30) * 1_000,
  sessionId: `turn-${(index * 37) % 120}`,
  deviceId: oneOf(['kitchen', 'hall', 'bath']),
  homeId: oneOf(['home', 'cabin', 'strangers']),
  outcome: oneOf(['completed', 'failed'] as const),
}))

test('pages one after the other are all turns that were asked for, newest first, each once', async () => {
  const { turns } = fixture.store
  const startMs = clock.wallTime().getTime()
  const at = (ms: number) => instant(startMs + ms).toISOString()
  for (const { atMs, sessionId, deviceId, homeId, outcome } of someTurns) {
    turns.open({ ...opened(sessionId, deviceId, homeId), startedAt: instant(startMs + atMs) })
    turns.close({ ...said, sessionId, deviceId, endedAt: clock.wallTime(), outcome })
  }
  const { archive, close } = overheard()
  const filters: readonly TurnFilter[] = [
    { homeIds: ['home', 'cabin'] },
    { homeIds: ['cabin'] },
    { homeIds: [] },
    { homeIds: ['home', 'cabin'], deviceId: 'kitchen' },
    { homeIds: ['home', 'cabin'], from: at(5_000), to: at(20_000) },
    { homeIds: ['home'], outcome: 'failed', to: at(20_000) },
    { homeIds: ['home', 'cabin'], feedback: 'wrong' },
  ]
  archive.setFeedback('turn-3', { verdict: 'wrong', note: null })
  archive.setFeedback('turn-5', { verdict: 'right', note: null })
  for (const filter of filters) {
    const { homeIds, deviceId, from = '', to = '~', outcome, feedback } = filter
    const wanted = someTurns
      .map((turn) => ({ ...turn, startedAt: at(turn.atMs) }))
      .filter((turn) => homeIds.includes(turn.homeId) && turn.startedAt >= from && turn.startedAt < to)
      .filter((turn) => deviceId === undefined || turn.deviceId === deviceId)
      .filter((turn) => outcome === undefined || turn.outcome === outcome)
      .filter((turn) => feedback === undefined || turn.sessionId === 'turn-3')
      .map(({ startedAt, sessionId }) => `${startedAt} ${sessionId}`)
      .sort()
      .reverse()
    const found: string[] = []
    for (let after: TurnPosition | undefined; ; ) {
      const page = archive.page(filter, after, 7)
      found.push(...page.map(({ startedAt, sessionId }) => `${startedAt} ${sessionId}`))
      after = page.at(-1)
      if (page.length < 7) break
    }
    expect(found).toEqual(wanted)
  }
  close()
})

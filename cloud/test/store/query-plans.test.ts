import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAlertStore } from '../../src/store/alert-store.ts'
import { createApiStores } from '../../src/store/api-stores.ts'
import { createAuditStore } from '../../src/store/audit-store.ts'
import { createConfigStore } from '../../src/store/config-store.ts'
import { createEnrolmentStore } from '../../src/store/enrolment-store.ts'
import { databasePath } from '../../src/store/open-store.ts'
import { createSealer } from '../../src/store/seal.ts'
import { createSoundStore } from '../../src/store/sound-store.ts'
import { createTurnStore } from '../../src/store/turn-store.ts'
import { temporaryStore } from '../temporary-store.ts'

const clock = createManualClock()
const { signal } = new AbortController()

/** The stores of a database, which says what they ask it. */
const openOverheard = () => {
  const fixture = temporaryStore(clock)
  const heard: string[] = []
  const db = new Database(databasePath(fixture.dataDir), { verbose: (sql) => void heard.push(String(sql).trim()) })
  const sealer = createSealer(Buffer.alloc(32))
  const sounds = createSoundStore({ db, sealer, clock, dir: `${fixture.dataDir}/sounds`, maxBytes: 1 })
  const stores = {
    ...createApiStores({ db, sealer, sounds, clock }),
    sounds,
    turns: createTurnStore({ db, sealer, clock }),
    alerts: createAlertStore({ db, clock }),
    audit: createAuditStore({ db, clock }),
    configs: createConfigStore({ db, clock }),
    enrolment: createEnrolmentStore({ db, sealer, clock }),
  }
  const planOf = (sql: string) =>
    db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail)
  const close = () => {
    db.close()
    fixture.close()
  }
  return { stores, heard, planOf, close }
}

type Overheard = ReturnType<typeof openOverheard>
let overheard: Overheard
beforeAll(() => {
  overheard = openOverheard()
})
afterAll(() => overheard.close())

/** Tables in which piles up what is said, changed and logged in a year. Indexes of the few rows that are not over may be read whole. */
const large =
  'turns|t|turn_sounds|turn_feedback|events|alerts|a|audit|logins|refresh_tokens|enrolment_tokens|devices|device_configs'
const wholeTable = new RegExp(`^SCAN (?:${large})\\b(?!.*USING INDEX (?:alerts_that_last|turns_open)$)`)

test.each<readonly [string, (stores: Overheard['stores']) => unknown]>([
  ['a turn with its conversation', ({ archive }) => [archive.find('one'), archive.conversation('talk', 'home')]],
  [
    'figures of turns',
    ({ archive }) => archive.figures('home', { from: '2026', before: { startedAt: '2027', sessionId: 'one' } }, 300),
  ],
  ['turns that run', ({ turns }) => [turns.openCount(), turns.closeLeftOpen()]],
  ['turns of a conversation deleted', ({ archive }) => archive.remove({ homeId: 'home' })],
  ['turns that are too old', ({ archive }) => archive.sweep(signal)],
  ['room for another sound', ({ sounds }) => [sounds.totalBytes(), sounds.removeDropped()]],
  ['problems that last', ({ alerts }) => [alerts.lasting(), alerts.newestRevision(), alerts.changedAfter(5)]],
  ['problems of homes', ({ alerts }) => alerts.page({ homeIds: ['home', 'cabin'], withCloud: true, limit: 50 })],
  ['problems that are too old or too many', ({ alerts }) => alerts.sweep(signal)],
  ['what was done in a home', ({ audit }) => audit.page({ homeId: 'home', action: 'login', actor: 'ada', limit: 50 })],
  ['what was done in no home', ({ audit }) => audit.page({ homeId: null, before: 7, limit: 50 })],
  ['what was done too long ago', ({ audit }) => audit.sweep(signal)],
  ['logins and tokens that are over', ({ logins }) => logins.sweep(signal)],
  ['logins of a person', ({ logins }) => [logins.listOf('ada'), logins.endAllOf('ada', 'logged_out')]],
  ['a home', ({ homes }) => homes.find('home')],
  ['a home deleted', ({ homes }) => homes.remove('home')],
  ['words for which a home listens', ({ configs }) => configs.wakeWordsOf('home')],
  ['tokens of a home', ({ registry }) => registry.tokens('home')],
  ['tokens that are over', ({ enrolment }) => enrolment.sweep(signal)],
  ['events of a speaker', ({ registry }) => registry.events('kitchen', 50)],
])('%s: found without a look at all that has piled up', async (_what, ask) => {
  const { stores, heard, planOf } = overheard
  heard.length = 0
  await ask(stores)
  // Statements inside of triggers are comments here; they are planned with the one that fires them.
  const asked = heard.filter((sql) => /^(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(sql))
  expect(asked.length).toBeGreaterThan(0)
  for (const sql of asked) expect([sql, planOf(sql).filter((step) => wholeTable.test(step))]).toEqual([sql, []])
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ClosedTurn, OpenedTurn } from '../../src/bridge/session/ports.ts'
import { databasePath, openStore } from '../../src/store/open-store.ts'
import { temporaryFolder, temporaryStore } from '../temporary-store.ts'

const clock = createManualClock()
let fixture = temporaryStore(clock)
beforeEach(() => {
  fixture = temporaryStore(clock)
})
afterEach(() => fixture.close())

const opened = (sessionId: string): OpenedTurn => ({
  sessionId,
  conversationId: 'conversation',
  deviceId: 'kitchen',
  homeId: 'home',
  trigger: 'wake_word',
  language: 'en',
  speakerName: 'Laptop',
  wakeWord: 'hey_jarvis',
  score: 0.9,
  startedAt: clock.wallTime(),
})
const closed = (sessionId: string): ClosedTurn => ({
  sessionId,
  conversationId: 'conversation',
  deviceId: 'kitchen',
  endedAt: clock.wallTime(),
  outcome: 'completed',
  heardText: 'what time is it secretword',
  replyText: 'It is eight.',
  heardReplyText: 'It is eight.',
  answeredBy: 'skill:time',
  toolsCalled: [],
  timings: { total: 812.5 },
  uplinkAudio: { received: 100, lost: 1, recovered: 1, late: 0, duplicate: 0 },
})

test('a turn comes back as it was written', () => {
  const { turns } = fixture.store
  expect(turns.open(opened('one'))).toBe(true)
  expect(turns.find('one')).toMatchObject({
    sessionId: 'one',
    speakerName: 'Laptop',
    wakeWord: 'hey_jarvis',
    heard: '',
  })
  turns.close(closed('one'))
  expect(turns.find('one')).toMatchObject({
    heard: 'what time is it secretword',
    reply: 'It is eight.',
    answeredBy: 'skill:time',
    outcome: 'completed',
    timings: { total: 812.5 },
    uplinkAudio: { received: 100 },
  })
})

test('a session id is accepted once', () => {
  expect(fixture.store.turns.open(opened('one'))).toBe(true)
  expect(fixture.store.turns.open(opened('one'))).toBe(false)
  fixture.store.turns.close(closed('one'))
  expect(fixture.store.turns.open(opened('one'))).toBe(false)
})

test('a turn is closed once: the second closing changes nothing', () => {
  const { turns } = fixture.store
  turns.open(opened('one'))
  turns.close(closed('one'))
  turns.close({ ...closed('one'), outcome: 'failed', heardText: 'other' })
  expect(turns.find('one')).toMatchObject({ outcome: 'completed', heard: 'what time is it secretword' })
})

test('what was said stands nowhere in the files of the database', () => {
  const { turns } = fixture.store
  turns.open(opened('one'))
  turns.close(closed('one'))
  const path = databasePath(fixture.dataDir)
  const bytes = Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)])
  expect(bytes.includes('skill:time')).toBe(true)
  expect(bytes.includes('secretword')).toBe(false)
})

test('turns left open end as failed at the next start, closed ones stay', () => {
  const { turns } = fixture.store
  turns.open(opened('one'))
  turns.open(opened('two'))
  turns.close(closed('two'))
  expect(turns.closeLeftOpen()).toBe(1)
  expect(turns.openCount()).toBe(0)
  expect(turns.find('one')).toMatchObject({ outcome: 'failed', failure: { stage: 'bridge', code: 'cloud_restarted' } })
  expect(turns.find('two')?.outcome).toBe('completed')
})

test('turns are listed newest first, of one speaker if asked', async () => {
  const { turns } = fixture.store
  turns.open(opened('old'))
  await clock.advance(1_000)
  turns.open({ ...opened('new'), deviceId: 'bedroom' })
  expect(turns.list({ limit: 10 }).map(({ sessionId }) => sessionId)).toEqual(['new', 'old'])
  expect(turns.list({ limit: 10, deviceId: 'kitchen' }).map(({ sessionId }) => sessionId)).toEqual(['old'])
  expect(turns.list({ limit: 1 })).toHaveLength(1)
})

test('after kill -9 every turn that was acknowledged is there and the database opens', async () => {
  const folder = temporaryFolder()
  const writer = fileURLToPath(new URL('./turn-writer.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', writer, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    acknowledged.push(line)
    if (acknowledged.length === 60) child.kill('SIGKILL')
  })
  await Promise.all([once(child, 'exit'), once(lines, 'close')])
  const store = openStore({ dataDir: folder.path, clock, log: silentLog })
  const outcomes = new Map(store.turns.list({ limit: 100_000 }).map((turn) => [turn.sessionId, turn.outcome]))
  expect(acknowledged.length).toBeGreaterThanOrEqual(60)
  expect(acknowledged.filter((sessionId) => outcomes.get(sessionId) !== 'completed')).toEqual([])
  expect(store.turns.closeLeftOpen()).toBeLessThanOrEqual(1)
  expect(store.db.pragma('integrity_check', { simple: true })).toBe('ok')
  store.close()
  folder.remove()
})

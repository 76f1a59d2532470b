import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { restorePlanned } from '../../src/store/backups.ts'
import { databasePath } from '../../src/store/open-store.ts'
import { type Browser, createApiFixture } from './api-fixture.ts'

let fixture: ReturnType<typeof createApiFixture>
let admin: Browser
let homeId: string
beforeEach(async () => {
  fixture = createApiFixture()
  const made = await fixture.setUp()
  admin = made.admin
  homeId = made.homeId
  fixture.enrol('kitchen', homeId)
})
afterEach(() => fixture.close())

describe('conversations', () => {
  test('come newest first, in pages', async () => {
    const made: string[] = []
    for (let n = 0; n < 5; n++) {
      made.unshift(fixture.addTurn({ homeId }))
      await fixture.clock.advance(1_000)
    }
    const first = await admin.call('listTurns', { query: { limit: 3 } })
    const second = await admin.call('listTurns', { query: { limit: 3, cursor: first.next_cursor ?? '' } })
    expect([...first.items, ...second.items].map(({ session_id }) => session_id)).toEqual(made)
    expect([first.searched_all, second.next_cursor]).toEqual([true, null])
  })

  test('are found by words of both languages, in what was heard and answered', async () => {
    fixture.addTurn({ homeId, heard: 'Set a TIMER for tea' })
    fixture.addTurn({ homeId, heard: '现在几点了', reply: '现在是十二点。' })
    const found = async (q: string) => (await admin.call('listTurns', { query: { q } })).items.map(({ heard }) => heard)
    expect(await found('tea timer')).toEqual(['Set a TIMER for tea'])
    expect(await found('几点')).toEqual(['现在几点了'])
    expect(await found('ＮＯＯＮ')).toEqual(['Set a TIMER for tea'])
    expect(await found('coffee')).toEqual([])
  })

  test('are deleted from the files too', async () => {
    const sessionId = fixture.addTurn({ homeId })
    const isOnDisk = () =>
      ['', '-wal'].some((suffix) => readFileSync(`${databasePath(fixture.dataDir)}${suffix}`).includes(sessionId))
    expect(isOnDisk()).toBe(true)
    fixture.store.db.exec('DELETE FROM audit')
    fixture.store.db.prepare('SELECT 1').get()
    expect(await admin.call('deleteDeviceTurns', { params: { device_id: 'kitchen' } })).toEqual({ deleted: 1 })
    expect(isOnDisk()).toBe(false)
  })

  test('are kept as long as their owner wants', async () => {
    const old = fixture.addTurn({ homeId })
    await admin.call('setRetention', { params: { device_id: 'kitchen' }, body: { keep_days: 2 } })
    await fixture.clock.advance(86_400_000)
    const young = fixture.addTurn({ homeId })
    await fixture.clock.advance(86_400_000)
    await fixture.clock.advance(3_600_000)
    expect([fixture.store.turns.find(old), fixture.store.turns.find(young)?.sessionId]).toEqual([undefined, young])
  })

  test('take feedback, and give it back', async () => {
    const params = { session_id: fixture.addTurn({ homeId }) }
    await admin.call('setTurnFeedback', { params, body: { verdict: 'wrong', note: 'it was one' } })
    const listed = await admin.call('listTurns', { query: { feedback: 'wrong' } })
    expect(listed.items[0]?.feedback).toEqual({ verdict: 'wrong', note: 'it was one' })
    expect((await admin.call('setTurnFeedback', { params, body: { verdict: 'none' } })).feedback).toBeNull()
  })

  test('leave as one file', async () => {
    fixture.addTurn({ homeId, heard: 'one' })
    fixture.addTurn({ homeId, heard: 'two' })
    const bytes = await admin.call('exportTurns', {})
    const file = JSON.parse(new TextDecoder().decode(bytes)) as { turns: { heard: string }[] }
    expect(file.turns.map(({ heard }) => heard).sort()).toEqual(['one', 'two'])
  })

  test('are counted by time and hop', async () => {
    for (const totalMs of [100, 200, 300, 400]) fixture.addTurn({ homeId, totalMs })
    fixture.addTurn({ homeId, failed: true })
    await fixture.clock.advance(1_000)
    const metrics = await admin.call('getTurnMetrics', { query: { hours: 1 } })
    expect(metrics).toMatchObject({
      turn_count: 5,
      failed_count: 1,
      failures: [{ stage: 'tts', code: 'unavailable', count: 1 }],
    })
    expect(metrics.hops.end_of_speech_to_first_audio).toEqual({ count: 5, p50: 300, p95: 400 })
  })
})

describe('AI settings', () => {
  const params = () => ({ home_id: homeId })

  test('never give a secret back, nor carry it to another server', async () => {
    const llm = { type: 'openai', url: 'http://10.0.0.2:8000', model: 'm', api_key: 'sk-secret' } as const
    const set = await admin.call('setAiSettings', { params: params(), body: { llm } })
    expect(set.llm).toEqual({ type: 'openai', url: llm.url, model: 'm', has_api_key: true })
    expect(JSON.stringify([set, await admin.call('getAiSettings', { params: params() })])).not.toContain('sk-secret')
    const { api_key: _key, ...sameServer } = llm
    expect((await admin.call('setAiSettings', { params: params(), body: { llm: sameServer } })).llm).toMatchObject({
      has_api_key: true,
    })
    const elsewhere = { ...sameServer, url: 'http://evil.example' }
    expect((await admin.call('setAiSettings', { params: params(), body: { llm: elsewhere } })).llm).toMatchObject({
      has_api_key: false,
    })
  })

  test('name who answers to which wake word, each word once, beside the words that speakers listen for', async () => {
    fixture.connect('kitchen')
    const jarvis = { name: 'Jarvis', wake_words: ['hey_jarvis'], prompt: 'Be brief.', language: null, voice: null }
    const zh = 'zh' as const
    const other = { ...jarvis, name: '小智', wake_words: ['小智小智'], language: zh, voice: 'girl' }
    await admin.call('setDeviceConfig', {
      params: { device_id: 'kitchen' },
      body: { wake: { words: ['hey_jarvis', 'alexa'], preset: 'normal' } },
    })
    const set = await admin.call('setAiSettings', { params: params(), body: { personas: [jarvis, other] } })
    expect(set).toMatchObject({ personas: [jarvis, other], heard_wake_words: ['alexa', 'hey_jarvis'] })
    const twice = { params: params(), body: { personas: [jarvis, { ...other, wake_words: ['Hey Jarvis'] }] } }
    expect(await admin.refusal('setAiSettings', twice)).toBe('bad_request')
    expect((await admin.call('getAiSettings', { params: params() })).version).toBe(set.version)
  })

  test('can be tried before anybody depends on them', async () => {
    const tried = await admin.call('tryAi', { params: params(), body: { stage: 'llm', text: 'hello', language: 'en' } })
    expect(tried).toMatchObject({ ok: true, text: 'You said hello.' })
    const voice = await admin.call('tryAi', { params: params(), body: { stage: 'tts', text: 'hello', language: 'en' } })
    expect(
      Buffer.from(voice.wav_base64 ?? '', 'base64')
        .subarray(0, 4)
        .toString(),
    ).toBe('RIFF')
  })
})

describe('backups', () => {
  test('are made, downloaded and taken over at the next start', async () => {
    const sessionId = fixture.addTurn({ homeId })
    const { name } = await admin.call('createBackup', {})
    const bytes = await admin.call('downloadBackup', { params: { backup_name: name } })
    expect(new TextDecoder().decode(bytes.subarray(0, 15))).toBe('SQLite format 3')
    await admin.call('deleteTurn', { params: { session_id: sessionId } })
    expect(await admin.call('restoreBackup', { params: { backup_name: name } })).toMatchObject({
      restore_pending: true,
    })
    fixture.store.db.pragma('wal_checkpoint(TRUNCATE)')
    restorePlanned(databasePath(fixture.dataDir), join(fixture.dataDir, 'backups'), silentLog)
    const { default: Database } = await import('better-sqlite3')
    const restored = new Database(databasePath(fixture.dataDir), { readonly: true })
    expect(restored.prepare('SELECT session_id FROM turns').all()).toEqual([{ session_id: sessionId }])
    restored.close()
  })
})

describe('the description of the API', () => {
  test('is OpenAPI 3.1 with every endpoint, and a page without scripts', async () => {
    const openApi = await fixture.api.app.request('/api/openapi.json')
    const { openapi, paths } = (await openApi.json()) as {
      openapi: string
      paths: Record<string, Record<string, unknown>>
    }
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths['/api/devices/{device_id}/config'] ?? {}).sort()).toEqual(['get', 'put'])
    const page = await fixture.api.app.request('/api/docs')
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
    expect(await page.text()).not.toMatch(/<script|https?:\/\/(?!mynah)/)
  })
})

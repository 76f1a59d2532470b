import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { describe, expect, test } from 'vitest'
import { encodeTrack } from '../../src/sounds/sound-track.ts'
import { restorePlanned } from '../../src/store/backups.ts'
import { databasePath, soundsPath } from '../../src/store/open-store.ts'
import { browserIdOf } from '../../src/talk/browser-id.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { password } from './api-fixture.ts'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest(['kitchen'])

/** Whether this stands anywhere in the database or in its write-ahead log. */
const isOnDisk = (text: string): boolean =>
  ['', '-wal'].some((suffix) => readFileSync(`${databasePath(api.fixture.dataDir)}${suffix}`).includes(text))

describe('conversations', () => {
  test('come newest first, in pages', async () => {
    const made: string[] = []
    for (let n = 0; n < 5; n++) {
      made.unshift(api.fixture.addTurn({ homeId: api.homeId }))
      await api.fixture.clock.advance(1_000)
    }
    const first = await api.admin.call('listTurns', { query: { limit: 3 } })
    const second = await api.admin.call('listTurns', { query: { limit: 3, cursor: first.next_cursor ?? '' } })
    expect([...first.items, ...second.items].map(({ session_id }) => session_id)).toEqual(made)
    expect([first.searched_all, second.next_cursor]).toEqual([true, null])
  })

  test('are found by words of both languages, in what was heard and answered', async () => {
    api.fixture.addTurn({ homeId: api.homeId, heard: 'Set a TIMER for tea' })
    api.fixture.addTurn({ homeId: api.homeId, heard: '现在几点了', reply: '现在是十二点。' })
    const found = async (q: string) =>
      (await api.admin.call('listTurns', { query: { q } })).items.map(({ heard }) => heard)
    expect(await found('tea timer')).toEqual(['Set a TIMER for tea'])
    expect(await found('几点')).toEqual(['现在几点了'])
    expect(await found('ＮＯＯＮ')).toEqual(['Set a TIMER for tea'])
    expect(await found('coffee')).toEqual([])
  })

  test('are deleted from the files too', async () => {
    const sessionId = api.fixture.addTurn({ homeId: api.homeId })
    expect(isOnDisk(sessionId)).toBe(true)
    api.fixture.store.db.exec('DELETE FROM audit')
    api.fixture.store.db.prepare('SELECT 1').get()
    expect(await api.admin.call('deleteDeviceTurns', { params: { device_id: 'kitchen' } })).toEqual({ deleted: 1 })
    expect(isOnDisk(sessionId)).toBe(false)
  })

  test('are kept as long as their owner wants', async () => {
    const old = api.fixture.addTurn({ homeId: api.homeId })
    await api.admin.call('setRetention', { params: { device_id: 'kitchen' }, body: { keep_days: 2 } })
    await api.fixture.clock.advance(86_400_000)
    const young = api.fixture.addTurn({ homeId: api.homeId })
    await api.fixture.clock.advance(86_400_000)
    await api.fixture.clock.advance(3_600_000)
    expect([api.fixture.store.turns.find(old), api.fixture.store.turns.find(young)?.sessionId]).toEqual([
      undefined,
      young,
    ])
  })

  test('take feedback, and give it back', async () => {
    const params = { session_id: api.fixture.addTurn({ homeId: api.homeId }) }
    await api.admin.call('setTurnFeedback', { params, body: { verdict: 'wrong', note: 'it was one' } })
    const listed = await api.admin.call('listTurns', { query: { feedback: 'wrong' } })
    expect(listed.items[0]?.feedback).toEqual({ verdict: 'wrong', note: 'it was one' })
    expect((await api.admin.call('setTurnFeedback', { params, body: { verdict: 'none' } })).feedback).toBeNull()
  })

  test('leave as one file', async () => {
    api.fixture.addTurn({ homeId: api.homeId, heard: 'one' })
    api.fixture.addTurn({ homeId: api.homeId, heard: 'two' })
    const bytes = await api.admin.call('exportTurns', {})
    const file = JSON.parse(new TextDecoder().decode(bytes)) as { turns: { heard: string }[] }
    expect(file.turns.map(({ heard }) => heard).sort()).toEqual(['one', 'two'])
  })

  test('are counted by time and hop', async () => {
    for (const totalMs of [100, 200, 300, 400]) api.fixture.addTurn({ homeId: api.homeId, totalMs })
    api.fixture.addTurn({ homeId: api.homeId, failed: true })
    await api.fixture.clock.advance(1_000)
    const metrics = await api.admin.call('getTurnMetrics', { query: { hours: 1 } })
    expect(metrics).toMatchObject({
      turn_count: 5,
      failed_count: 1,
      failures: [{ stage: 'tts', code: 'unavailable', count: 1 }],
    })
    expect(metrics.hops.end_of_speech_to_first_audio).toEqual({ count: 5, p50: 300, p95: 400 })
  })
})

describe('the sound of conversations', () => {
  const frames = (count: number) => Array.from({ length: count }, () => Uint8Array.of(0xb8))
  const keepSound = (sessionId: string) =>
    api.fixture.store.sounds.keep(sessionId, {
      heard: encodeTrack({ sampleRateHz: 16_000, frames: frames(50) }),
      spoken: encodeTrack({ sampleRateHz: 24_000, frames: frames(25) }),
    })
  const filesOf = () => readdirSync(soundsPath(api.fixture.dataDir)).length

  test('is told of, played and exported to members, and to nobody else', async () => {
    const sessionId = api.fixture.addTurn({ homeId: api.homeId })
    const plain = api.fixture.addTurn({ homeId: api.homeId })
    const one = { params: { session_id: sessionId } }
    expect(await api.admin.refusal('getHeardSound', one)).toBe('not_found')
    await keepSound(sessionId)
    expect((await api.admin.call('getTurn', one)).sound).toEqual({ heard_ms: 1_000, spoken_ms: 500 })
    expect((await api.admin.call('getTurn', { params: { session_id: plain } })).sound).toBeNull()
    const heard = decodeWav(await api.admin.call('getHeardSound', one))
    const spoken = decodeWav(await api.admin.call('getSpokenSound', one))
    expect(heard).toMatchObject({ ok: true, value: { sampleRateHz: 16_000, samples: { length: 16_000 } } })
    expect(spoken).toMatchObject({ ok: true, value: { sampleRateHz: 24_000, samples: { length: 12_000 } } })
    const answer = await api.fixture.raw('getHeardSound', {
      ...one,
      headers: { authorization: `Bearer ${api.admin.kept.token}` },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')

    const exported = JSON.parse(new TextDecoder().decode(await api.admin.call('exportTurnsWithSound', {})))
    const wavs = exported.turns.map((turn: { heard_wav_base64?: string }) => turn.heard_wav_base64 ?? '')
    const wavOf = (base64: string) => decodeWav(Buffer.from(base64, 'base64'))
    expect(wavs.map((base64: string) => (base64 === '' ? undefined : wavOf(base64)))).toEqual([undefined, heard])
    const words = new TextDecoder().decode(await api.admin.call('exportTurns', {}))
    expect(words).not.toContain('wav_base64')

    const viewer = await api.fixture.invite(api.admin, api.homeId, 'viewer', 'vera')
    for (const name of ['getHeardSound', 'getSpokenSound'] as const) {
      expect(await viewer.refusal(name, one)).toBe('forbidden')
    }
    const nothing = JSON.parse(new TextDecoder().decode(await viewer.call('exportTurnsWithSound', {})))
    expect(nothing.turns).toEqual([])
  })

  test('is deleted by itself, with its turn, with its speaker’s turns, with the home’s, and when its time is over', async () => {
    const deletions = [
      (id: string) => api.admin.call('deleteTurnSound', { params: { session_id: id } }),
      (id: string) => api.admin.call('deleteTurn', { params: { session_id: id } }),
      () => api.admin.call('deleteDeviceTurns', { params: { device_id: 'kitchen' } }),
      () => api.admin.call('deleteHomeTurns', { params: { home_id: api.homeId } }),
      async () => {
        await api.admin.call('setHomeRetention', {
          params: { home_id: api.homeId },
          body: { keep_days: 0, keep_sound: true },
        })
        await api.fixture.clock.advance(3_600_000)
      },
    ]
    for (const remove of deletions) {
      const sessionId = api.fixture.addTurn({ homeId: api.homeId })
      await keepSound(sessionId)
      expect(filesOf()).toBe(1)
      await remove(sessionId)
      // A sweep answers nobody.
      await expect.poll(filesOf).toBe(0)
      expect(api.fixture.store.db.prepare('SELECT * FROM turn_sounds').all()).toEqual([])
    }
    await expect.poll(() => api.fixture.store.db.prepare('SELECT * FROM dropped_sounds').all()).toEqual([])
  })

  test('and words that a person said to a browser go with the person', async () => {
    const member = await api.fixture.invite(api.admin, api.homeId, 'member', 'mia')
    const { person_id: personId } = await member.call('getMe', {})
    const hers = api.fixture.addTurn({ homeId: api.homeId, deviceId: browserIdOf(personId, api.homeId, 2) })
    const kitchen = api.fixture.addTurn({ homeId: api.homeId })
    await keepSound(hers)
    await keepSound(kitchen)
    await member.call('deleteMe', { body: { password } })
    expect((await api.admin.call('listTurns', {})).items.map(({ session_id }) => session_id)).toEqual([kitchen])
    expect(filesOf()).toBe(1)
  })
})

describe('all that a person said to browsers', () => {
  test('is deleted at their wish, in every home, also one that they have left; and nothing else', async () => {
    const cabin = await api.admin.call('createHome', { body: { name: 'Cabin' } })
    const mia = await api.fixture.invite(api.admin, api.homeId, 'member', 'mia')
    const invitation = { params: { home_id: cabin.home_id }, body: { role: 'admin' } } as const
    const { token } = await api.admin.call('createInvitation', invitation)
    const { person_id: personId } = await mia.call('joinByInvitation', { body: { token } })
    const say = (homeId: string, deviceId: string) => api.fixture.addTurn({ homeId, deviceId })
    const hers = [say(api.homeId, browserIdOf(personId, api.homeId, 1))]
    hers.push(say(cabin.home_id, browserIdOf(personId, cabin.home_id, 3)))
    await mia.call('leaveHome', { params: { home_id: cabin.home_id } })
    const { person_id: adaId } = await api.admin.call('getMe', {})
    const others = [say(api.homeId, 'kitchen'), say(api.homeId, browserIdOf(adaId, api.homeId, 1))]
    expect(hers.map(isOnDisk)).toEqual([true, true])

    expect(await mia.call('deleteMyTurns', {})).toEqual({ deleted: 2 })
    expect(hers.map(isOnDisk)).toEqual([false, false])
    const left = (await api.admin.call('listTurns', {})).items.map(({ session_id: id }) => id)
    expect(left.toSorted()).toEqual(others.toSorted())
    const { items } = await api.admin.call('listSystemAudit', {})
    expect(items[0]).toMatchObject({ actor: 'mia', action: 'turns_deleted', target: 'mia', detail: { count: 2 } })
    expect(await mia.call('deleteMyTurns', {})).toEqual({ deleted: 0 })
  })

  test('goes with their account, also from a home that they have left', async () => {
    const mia = await api.fixture.invite(api.admin, api.homeId, 'member', 'mia')
    const { person_id: personId } = await mia.call('getMe', {})
    const kept = api.fixture.addTurn({ homeId: api.homeId })
    const hers = api.fixture.addTurn({ homeId: api.homeId, deviceId: browserIdOf(personId, api.homeId, 2) })
    await mia.call('leaveHome', { params: { home_id: api.homeId } })
    await mia.call('deleteMe', { body: { password } })
    expect((await api.admin.call('listTurns', {})).items.map(({ session_id: id }) => id)).toEqual([kept])
    expect(isOnDisk(hers)).toBe(false)
  })
})

describe('what is kept', () => {
  const home = () => ({ params: { home_id: api.homeId } })
  const kitchen = { params: { device_id: 'kitchen' } }
  const keeps = (deviceId: string) => api.fixture.store.retention.keepsSound({ deviceId, homeId: api.homeId })

  test('is the words without end and no sound, until somebody says otherwise; a speaker’s own wish counts first', async () => {
    expect(await api.admin.call('getHomeRetention', home())).toEqual({ keep_days: null, keep_sound: false })
    expect(keeps('kitchen')).toBe(false)
    await api.admin.call('setHomeRetention', { ...home(), body: { keep_days: 30, keep_sound: true } })
    expect([keeps('kitchen'), keeps('browser-x')]).toEqual([true, true])
    expect(await api.admin.call('setRetention', { ...kitchen, body: { keep_days: 7, keep_sound: false } })).toEqual({
      keep_days: 7,
      keep_sound: false,
    })
    expect([keeps('kitchen'), keeps('browser-x')]).toEqual([false, true])
    expect(await api.admin.call('setRetention', { ...kitchen, body: { keep_days: null } })).toMatchObject({
      keep_sound: false,
    })
    expect(await api.admin.call('getDevice', kitchen)).toMatchObject({ keep_days: null, keep_sound: false })
  })

  test('of a browser lasts as long as the home says, of a speaker as long as is said for the speaker', async () => {
    await api.admin.call('setHomeRetention', { ...home(), body: { keep_days: 1, keep_sound: false } })
    await api.admin.call('setRetention', { ...kitchen, body: { keep_days: 3 } })
    const browser = api.fixture.addTurn({ homeId: api.homeId, deviceId: 'browser-0123456789abcdef-1' })
    const attic = api.fixture.addTurn({ homeId: api.homeId, deviceId: 'attic' })
    const speaker = api.fixture.addTurn({ homeId: api.homeId })
    const left = async () => (await api.admin.call('listTurns', {})).items.map(({ session_id }) => session_id).sort()
    expect(await left()).toEqual([browser, attic, speaker].sort())
    await api.fixture.clock.advance(86_400_000 + 3_600_000)
    expect(await left()).toEqual([speaker])
    await api.fixture.clock.advance(2 * 86_400_000)
    expect(await left()).toEqual([])
  })

  test('in one home is not what is kept in another: a speaker that moves begins anew', async () => {
    await api.admin.call('setRetention', { ...kitchen, body: { keep_days: 7, keep_sound: true } })
    const { home_id: elsewhere } = await api.admin.call('createHome', { body: { name: 'Elsewhere' } })
    await api.admin.call('transferDevice', { ...kitchen, body: { home_id: elsewhere } })
    expect(await api.admin.call('getDevice', kitchen)).toMatchObject({ keep_days: null, keep_sound: null })
    expect(api.fixture.store.retention.keepsSound({ deviceId: 'kitchen', homeId: elsewhere })).toBe(false)
  })
})

describe('AI settings', () => {
  const params = () => ({ home_id: api.homeId })

  test('never give a secret back, nor carry it to another server', async () => {
    const llm = { type: 'openai', url: 'http://10.0.0.2:8000', model: 'm', api_key: 'sk-secret' } as const
    const set = await api.admin.call('setAiSettings', { params: params(), body: { llm } })
    expect(set.llm).toEqual({ type: 'openai', url: llm.url, model: 'm', has_api_key: true })
    expect(JSON.stringify([set, await api.admin.call('getAiSettings', { params: params() })])).not.toContain(
      'sk-secret',
    )
    const { api_key: _key, ...sameServer } = llm
    expect((await api.admin.call('setAiSettings', { params: params(), body: { llm: sameServer } })).llm).toMatchObject({
      has_api_key: true,
    })
    const elsewhere = { ...sameServer, url: 'http://evil.example' }
    expect((await api.admin.call('setAiSettings', { params: params(), body: { llm: elsewhere } })).llm).toMatchObject({
      has_api_key: false,
    })
  })

  test('name who answers to which wake word, each word once, beside the words that speakers listen for', async () => {
    api.fixture.connect('kitchen')
    // What a speaker that nobody has configured begins with.
    expect((await api.admin.call('getAiSettings', { params: params() })).heard_wake_words).toEqual(['hey_jarvis'])
    const jarvis = { name: 'Jarvis', wake_words: ['hey_jarvis'], prompt: 'Be brief.', language: null, voice: null }
    const zh = 'zh' as const
    const other = { ...jarvis, name: '小智', wake_words: ['小智小智'], language: zh, voice: 'girl' }
    await api.admin.call('setDeviceConfig', {
      params: { device_id: 'kitchen' },
      body: { wake: { words: ['hey_jarvis', 'alexa'], preset: 'normal' } },
    })
    const set = await api.admin.call('setAiSettings', { params: params(), body: { personas: [jarvis, other] } })
    expect(set).toMatchObject({ personas: [jarvis, other], heard_wake_words: ['alexa', 'hey_jarvis'] })
    const twice = { params: params(), body: { personas: [jarvis, { ...other, wake_words: ['Hey Jarvis'] }] } }
    expect(await api.admin.refusal('setAiSettings', twice)).toBe('bad_request')
    expect((await api.admin.call('getAiSettings', { params: params() })).version).toBe(set.version)
  })

  test('can be tried before anybody depends on them', async () => {
    const tried = await api.admin.call('tryAi', {
      params: params(),
      body: { stage: 'llm', text: 'hello', language: 'en' },
    })
    expect(tried).toMatchObject({ ok: true, text: 'You said hello.' })
    const voice = await api.admin.call('tryAi', {
      params: params(),
      body: { stage: 'tts', text: 'hello', language: 'en' },
    })
    expect(
      Buffer.from(voice.wav_base64 ?? '', 'base64')
        .subarray(0, 4)
        .toString(),
    ).toBe('RIFF')
  })
})

describe('backups', () => {
  test('are made, downloaded and taken over at the next start', async () => {
    const sessionId = api.fixture.addTurn({ homeId: api.homeId })
    const { name } = await api.admin.call('createBackup', {})
    const bytes = await api.admin.call('downloadBackup', { params: { backup_name: name } })
    expect(new TextDecoder().decode(bytes.subarray(0, 15))).toBe('SQLite format 3')
    await api.admin.call('deleteTurn', { params: { session_id: sessionId } })
    expect(await api.admin.call('restoreBackup', { params: { backup_name: name } })).toMatchObject({
      restore_pending: true,
    })
    api.fixture.store.db.pragma('wal_checkpoint(TRUNCATE)')
    const { default: Database } = await import('better-sqlite3')
    const turnsAfterStart = (dataDir: string) => {
      restorePlanned(databasePath(dataDir), join(dataDir, 'backups'), silentLog)
      const restored = new Database(databasePath(dataDir), { readonly: true })
      const turns = restored.prepare('SELECT session_id FROM turns').all()
      restored.close()
      return turns
    }
    // A bridge that still runs would go on writing into the file that is put aside.
    expect(turnsAfterStart(api.fixture.dataDir)).toEqual([])
    const stopped = temporaryFolder()
    cpSync(api.fixture.dataDir, stopped.path, { recursive: true })
    expect(turnsAfterStart(stopped.path)).toEqual([{ session_id: sessionId }])
    stopped.remove()
  })
})

describe('the description of the API', () => {
  test('is OpenAPI 3.1 with every endpoint, and a page without scripts', async () => {
    const openApi = await api.fixture.api.app.request('/api/openapi.json')
    const { openapi, paths } = (await openApi.json()) as {
      openapi: string
      paths: Record<string, Record<string, unknown>>
    }
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths['/api/devices/{device_id}/config'] ?? {}).sort()).toEqual(['get', 'put'])
    const page = await api.fixture.api.app.request('/api/docs')
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
    expect(await page.text()).not.toMatch(/<script|https?:\/\/(?!mynah)/)
  })
})

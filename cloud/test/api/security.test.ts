import { createHmac } from 'node:crypto'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import { type Endpoint, isBinary } from '@mynah/shared/api/endpoint.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, createApiFixture, password } from './api-fixture.ts'

/** Walks the contract: whatever is added to it is tested by the same table. */
const endpoints = endpointNames.map((name) => ({ name, spec: contract[name] as Endpoint }))
const guarded = endpoints.filter(({ spec }) => spec.access.type !== 'public')
const ofHome = endpoints.filter(({ spec }) => spec.access.type === 'of_home')
const withJson = endpoints.filter(({ spec }) => spec.body !== undefined && !isBinary(spec.body))

/** A body that each endpoint takes, so that a refusal is not for its shape. */
const bodies: Partial<Record<EndpointName, unknown>> = {
  updateMe: { name: 'X' },
  deleteMe: { password: 'wrong' },
  changePassword: { current_password: 'wrong', new_password: 'a new password' },
  startTotp: { password: 'wrong' },
  confirmTotp: { code: '000000' },
  removeTotp: { password: 'wrong' },
  createApiToken: { name: 'x', scopes: ['devices:read'] },
  joinByInvitation: { token: 'A'.repeat(43) },
  createHome: { name: 'Another' },
  updateHome: { name: 'X' },
  updateMember: { role: 'admin' },
  createInvitation: { role: 'admin' },
  updateDevice: { name: 'X' },
  setDeviceConfig: { volume: 11 },
  commandDevice: { command: 'identify' },
  recordOwnWord: { recording: 1 },
  setOwnWord: { active: true },
  transferDevice: { home_id: 'home' },
  createEnrolmentToken: {},
  claimDevice: { code: '000000' },
  setScheduleItem: { kind: 'alarm', fires_at: '2026-02-01T08:00:00Z' },
  announce: { text: 'x', target: { type: 'all' } },
  setTurnFeedback: { verdict: 'wrong' },
  setRetention: { keep_days: 1 },
  setHomeRetention: { keep_days: 1, keep_sound: true },
  setAiSettings: { llm: { type: 'none' } },
  tryAi: { stage: 'llm', text: 'x', language: 'en' },
  changeFirmware: { state: 'active' },
  setFirmwareRing: { ring: 'canary' },
  addFirmwareKey: { name: 'x', public_key: `mynah-fw1.${'A'.repeat(43)}` },
}

let fixture: ReturnType<typeof createApiFixture>
let admin: Browser
let stranger: Browser
let viewer: Browser
let sessionId: string
let strangerHome: string
let params: Record<string, string>
let late: ReturnType<typeof createApiFixture>
let lateToken: string

beforeAll(async () => {
  late = createApiFixture()
  lateToken = (await late.setUp()).admin.kept.token ?? ''
  await late.clock.advance(601_000)
  fixture = createApiFixture()
  const made = await fixture.setUp()
  admin = made.admin
  const { homeId, session } = made
  fixture.enrol('kitchen', homeId)
  fixture.connect('kitchen')
  sessionId = fixture.addTurn({ homeId })
  viewer = await fixture.invite(admin, homeId, 'viewer', 'vera')
  const other = await admin.call('createHome', { body: { name: 'Elsewhere' } })
  strangerHome = other.home_id
  stranger = await fixture.invite(admin, strangerHome, 'admin', 'sam')
  const invitation = await admin.call('createInvitation', { params: { home_id: homeId }, body: { role: 'viewer' } })
  const token = await admin.call('createEnrolmentToken', { params: { home_id: homeId }, body: {} })
  const backup = await admin.call('createBackup', {})
  params = {
    device_id: 'kitchen',
    home_id: homeId,
    session_id: sessionId,
    person_id: session.me.person_id,
    login_id: (await admin.call('listLogins', {})).items[0]?.login_id ?? '',
    token_id: token.token_id,
    invitation_id: invitation.invitation_id,
    item_id: 'item',
    own_word: 'hello mynah',
    backup_name: backup.name,
    release_id: 'release',
    key_id: '0123456789abcdef',
  }
})
afterAll(async () => {
  await fixture.close()
  await late.close()
})

const send = (name: EndpointName, spec: Endpoint, token: string | undefined, body: unknown = bodies[name] ?? {}) => {
  const headers: Record<string, string> = {
    'x-mynah-request': '1',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  if (spec.body !== undefined && isBinary(spec.body)) headers['content-type'] = spec.body.contentType
  return fixture.raw(name, { params, headers, ...(spec.body !== undefined && { body }) })
}
const codeOf = async (response: Response): Promise<string> =>
  String(((await response.json()) as { code?: unknown }).code)
/** Everything that must not change by any refused request. */
const stateOf = () =>
  JSON.stringify({
    people: fixture.store.db.prepare('SELECT person_id, role, name FROM people ORDER BY 1').all(),
    members: fixture.store.db.prepare('SELECT * FROM members ORDER BY 1, 2').all(),
    homes: fixture.store.db.prepare('SELECT * FROM homes ORDER BY 1').all(),
    devices: fixture.store.db.prepare('SELECT device_id, home_id, revoked_at FROM devices ORDER BY 1').all(),
    configs: fixture.store.db.prepare('SELECT * FROM device_configs ORDER BY 1, 2').all(),
    turns: fixture.store.db.prepare('SELECT session_id FROM turns ORDER BY 1').all(),
    feedback: fixture.store.db.prepare('SELECT * FROM turn_feedback').all(),
    retention: fixture.store.db.prepare('SELECT * FROM device_retention').all(),
    homeRetention: fixture.store.db.prepare('SELECT * FROM home_retention').all(),
    sounds: fixture.store.db.prepare('SELECT session_id FROM turn_sounds').all(),
    ai: fixture.store.db.prepare('SELECT home_id, version FROM ai_settings').all(),
    invitations: fixture.store.db.prepare('SELECT invitation_id FROM invitations ORDER BY 1').all(),
    tokens: fixture.store.db.prepare('SELECT token_id FROM enrolment_tokens ORDER BY 1').all(),
    keys: fixture.store.db.prepare('SELECT key_id FROM firmware_keys').all(),
    releases: fixture.store.db.prepare('SELECT release_id, state FROM firmware_releases').all(),
    rings: fixture.store.db.prepare('SELECT * FROM firmware_rings').all(),
    sent: fixture.memory.sent.length,
  })

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
/** Tokens that must not be believed, made from one that is. */
const forgeries = (token: string): Record<string, string | undefined> => {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const none = part({ alg: 'none', typ: 'JWT' })
  const sign = (key: string, head = header, body = payload) =>
    createHmac('sha256', key).update(`${head}.${body}`).digest('base64url')
  const later = part({ ...claimsOf(token), exp: 9_999_999_999 })
  const expired = part({ ...claimsOf(token), exp: 1 })
  return {
    'no token': undefined,
    'an empty token': '',
    'alg none': `${none}.${payload}.`,
    'alg none with the old signature': `${none}.${payload}.${signature}`,
    'alg None': `${part({ alg: 'None', typ: 'JWT' })}.${payload}.`,
    'another key': `${header}.${payload}.${sign('guess')}`,
    'an empty key': `${header}.${payload}.${createHmac('sha256', '').update(`${header}.${payload}`).digest('base64url')}`,
    'a longer life under the old signature': `${header}.${later}.${signature}`,
    'an expired claim under another key': `${header}.${expired}.${sign('guess', header, expired)}`,
    'a cut signature': `${header}.${payload}.${signature.slice(0, 10)}`,
    'another part': `${token}.x`,
    'an unknown API token': 'mynah_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'a speaker': 'kitchen:password',
  }
}

describe('every endpoint that is not public', () => {
  test.each(guarded)('$name refuses who shows no token or a forged one', async ({ name, spec }) => {
    const before = stateOf()
    for (const [forgery, token] of Object.entries(forgeries(admin.kept.token ?? ''))) {
      const response = await send(name, spec, token)
      expect(response.status, forgery).toBe(401)
      expect(response.headers.get('www-authenticate'), forgery).toContain('Bearer')
    }
    expect(stateOf()).toBe(before)
  })

  test.each(guarded)('$name refuses a token of which the time is over', async ({ name, spec }) => {
    const response = await late.raw(name, {
      params,
      headers: { authorization: `Bearer ${lateToken}` },
      ...(spec.body !== undefined && { body: bodies[name] ?? {} }),
    })
    expect([response.status, await codeOf(response)]).toEqual([401, 'token_expired'])
  })
})

describe('every endpoint of a home', () => {
  test.each(ofHome)('$name does not exist for the admin of another home', async ({ name, spec }) => {
    const before = stateOf()
    const response = await send(name, spec, stranger.kept.token)
    expect([response.status, await codeOf(response)]).toEqual([404, 'not_found'])
    expect(stateOf()).toBe(before)
  })

  test.each(ofHome)('$name answers an id that is nowhere as one that is not yours', async ({ name, spec }) => {
    const nowhere = { ...params, device_id: 'nowhere', home_id: 'nowhere', session_id: 'N'.repeat(22) }
    const there = await send(name, spec, stranger.kept.token)
    const response = await fixture.raw(name, {
      params: nowhere,
      headers: { authorization: `Bearer ${stranger.kept.token}` },
      ...(spec.body !== undefined && { body: bodies[name] ?? {} }),
    })
    expect(await response.json()).toEqual(await there.json())
  })

  const writing = ofHome.filter(({ name, spec }) => spec.method !== 'GET' && name !== 'leaveHome')
  test.each(writing)('$name is refused to a viewer', async ({ name, spec }) => {
    const before = stateOf()
    const response = await send(name, spec, viewer.kept.token)
    expect([response.status, await codeOf(response)]).toEqual([403, 'forbidden'])
    expect(stateOf()).toBe(before)
  })
})

describe('what belongs to one home', () => {
  const nested = ofHome.filter(({ spec }) => /\{home_id\}.*\{(person_id|invitation_id|token_id)\}/.test(spec.path))
  test.each(nested)('$name does not reach into another home by its own', async ({ name, spec }) => {
    const before = stateOf()
    const response = await fixture.raw(name, {
      params: { ...params, home_id: strangerHome, person_id: (await viewer.call('getMe', {})).person_id },
      headers: { authorization: `Bearer ${stranger.kept.token}` },
      ...(spec.body !== undefined && { body: bodies[name] ?? {} }),
    })
    expect(response.status).toBe(404)
    expect(stateOf()).toBe(before)
  })

  test('stays out of the lists of others', async () => {
    expect((await stranger.call('listDevices', {})).items).toEqual([])
    expect((await stranger.call('listTurns', {})).items).toEqual([])
    expect((await stranger.call('listHomes', {})).items.map(({ name }) => name)).toEqual(['Elsewhere'])
    expect((await stranger.call('getTurnMetrics', {})).turn_count).toBe(0)
    fixture.addTurn({ homeId: params.home_id ?? '', failed: true })
    expect((await viewer.call('listAlerts', {})).items).toHaveLength(1)
    expect((await stranger.call('listAlerts', {})).items).toEqual([])
    expect(await stranger.refusal('listDevices', { query: { home_id: params.home_id ?? '' } })).toBe('not_found')
    expect(await stranger.refusal('listTurns', { query: { home_id: params.home_id ?? '' } })).toBe('not_found')
  })

  test('a speaker goes only into a home of which one is admin', async () => {
    expect(
      await admin.refusal('transferDevice', { params: { device_id: 'kitchen' }, body: { home_id: 'nowhere' } }),
    ).toBe('not_found')
  })
})

describe('what runs the cloud', () => {
  const system = endpoints.filter(({ spec }) => spec.access.type === 'system')
  test.each(system)('$name is refused to the admin of a home', async ({ name, spec }) => {
    const response = await send(name, spec, stranger.kept.token)
    expect([response.status, await codeOf(response)]).toEqual([403, 'forbidden'])
  })
})

describe('every body', () => {
  test.each(withJson)('$name refuses fields that it does not know', async ({ name, spec }) => {
    const body = {
      ...(bodies[name] as object | undefined),
      is_system_admin: true,
      role_of_all: 'admin',
      person_id: 'x',
    }
    const before = stateOf()
    const response = await send(name, spec, admin.kept.token, body)
    expect([response.status, await codeOf(response)]).toEqual([400, 'bad_request'])
    expect(stateOf()).toBe(before)
  })

  test.each(withJson)('$name refuses what is too long, by its length or by its bytes', async ({ name, spec }) => {
    const response = await send(name, spec, admin.kept.token, `{"name":"${'x'.repeat(300_000)}"}`)
    expect([response.status, await codeOf(response)]).toEqual([413, 'too_large'])
  })

  test.each(withJson)('$name refuses what is not JSON, and JSON under another name', async ({ name, spec }) => {
    for (const text of ['', '{', 'null', '[]', '"x"', '{"__proto__":{"role":"admin"}}x']) {
      const response = await send(name, spec, admin.kept.token, text)
      expect(response.status, text).toBe(400)
    }
    const form = await fixture.raw(name, {
      params,
      headers: { authorization: `Bearer ${admin.kept.token}`, 'x-mynah-request': '1', 'content-type': 'text/plain' },
      body: '{}',
    })
    expect(form.status).toBe(415)
  })
})

describe('texts', () => {
  const hostile = [
    `'; DROP TABLE people; --`,
    '<img src=x onerror=alert(1)>',
    '{{7*7}}',
    '../../etc/passwd',
    'a"b\\c',
    '％2e％2e',
  ]
  test.each(hostile)(
    '%s is kept as it is and does nothing',
    async (text) => {
      const home = await admin.call('updateHome', { params: { home_id: params.home_id ?? '' }, body: { name: text } })
      expect(home.name).toBe(text)
      await admin.call('updateMe', { body: { name: text } })
      expect((await admin.call('getMe', {})).name).toBe(text)
      const renamed = await admin.call('updateDevice', {
        params: { device_id: 'kitchen' },
        body: { name: text, room: text },
      })
      expect(renamed).toMatchObject({ name: text, room: text })
      expect((await admin.call('listTurns', { query: { q: text } })).items).toEqual([])
      const listed = await admin.call('listAudit', {
        params: { home_id: params.home_id ?? '' },
        query: { actor: text },
      })
      expect(listed.items).toEqual([])
      expect(fixture.store.db.prepare('SELECT count(*) AS n FROM people').get()).toEqual({ n: 3 })
    },
    60_000,
  )

  test('control characters are refused', async () => {
    expect(await admin.refusal('updateMe', { body: { name: 'a\u0000b' } })).toBe('bad_request')
    expect(await admin.refusal('updateMe', { body: { name: 'a\r\nb' } })).toBe('bad_request')
  })

  test.each([
    '../mynah.sqlite3',
    '..%2f..%2fkeys%2fmaster.key',
    'mynah-x.sqlite3/../../keys/master.key',
    'restore-at-next-start',
  ])('the path %s leads to no file', async (name) => {
    for (const encoded of [name, encodeURIComponent(name)]) {
      const response = await fixture.api.app.request(`http://mynah.test:8700/api/system/backups/${encoded}`, {
        headers: { authorization: `Bearer ${admin.kept.token}` },
      })
      expect(response.status).toBe(404)
    }
  })
})

describe('the endpoints that use the cookie', () => {
  const cookies = endpoints.filter(({ spec }) => spec.usesCookie)
  const foreign: Record<string, Record<string, string>> = {
    'a form of another site': { 'content-type': 'text/plain' },
    'another origin': { 'x-mynah-request': '1', origin: 'https://evil.example' },
    'no origin at all': { 'x-mynah-request': '1', origin: 'null' },
    'a site that the browser names': { 'x-mynah-request': '1', 'sec-fetch-site': 'cross-site' },
    'a sister site': { 'x-mynah-request': '1', 'sec-fetch-site': 'same-site' },
  }
  test.each(cookies)('$name refuses requests of other sites', async ({ name }) => {
    for (const [what, headers] of Object.entries(foreign)) {
      const body = name === 'logIn' ? { login: 'ada', password } : {}
      const response = await fixture.raw(name, {
        headers: { cookie: `mynah_refresh=${admin.kept.cookie}`, 'content-type': 'text/plain', ...headers },
        body: JSON.stringify(body),
      })
      expect([response.status, await codeOf(response)], what).toEqual([403, 'cross_site'])
    }
    expect((await admin.client.renew()).ok).toBe(true)
  })
})

test('another method is refused with those that there are', async () => {
  const response = await fixture.api.app.request('http://mynah.test:8700/api/homes', { method: 'PUT' })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
})

test('no answer may be framed, sniffed or run scripts', async () => {
  for (const path of ['/api/docs', '/api/openapi.json', '/api/devices', '/api/setup']) {
    const { headers } = await fixture.api.app.request(`http://mynah.test:8700${path}`)
    expect(headers.get('content-security-policy'), path).toContain(
      "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    )
    expect([headers.get('x-content-type-options'), headers.get('x-frame-options')], path).toEqual(['nosniff', 'DENY'])
  }
})

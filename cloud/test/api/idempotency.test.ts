import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { describe, expect, test } from 'vitest'
import { done } from '../../src/api/action.ts'
import { createOnce } from '../../src/api/once.ts'
import type { Principal } from '../../src/auth/principals.ts'
import { createApiStores } from '../../src/store/api-stores.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Browser } from './api-fixture.ts'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest(['kitchen'], { connected: ['kitchen'] })

/** Every POST that takes no key, and why a second one does no harm or must be a second one. */
const withoutKey: Partial<Record<EndpointName, string>> = {
  checkSetupLink: 'only looks',
  setUp: 'its link works once, and nobody is known yet',
  logIn: 'makes a login of its own each time',
  refreshSession: 'the cookie is its key',
  logOut: 'ends what may have ended',
  deleteMe: 'ends what may have ended',
  changePassword: 'sets what is set',
  logOutEverywhere: 'ends what may have ended',
  startTotp: 'sets what is set until it is confirmed',
  confirmTotp: 'a code works once',
  removeTotp: 'ends what may have ended',
  checkInvitation: 'only looks',
  acceptInvitation: 'its link works once, and nobody is known yet',
  leaveHome: 'ends what may have ended',
  transferDevice: 'sets what is set',
  requestClaimCode: 'a speaker asks, which nobody knows yet',
  pollClaimCode: 'only looks',
  askStanding: 'only looks',
  askMoved: 'only looks',
  tryAi: 'keeps nothing',
  restoreBackup: 'sets what is set',
  uploadFirmware: 'its version and target are its key: a second one is refused as being there',
  addFirmwareKey: 'is there or not: a second one is refused as being there',
  createLiveTicket: 'works once: a second one must be another',
  createTalkTicket: 'works once: a second one must be another',
}

type Asked = { readonly params?: Record<string, string>; readonly body?: unknown; readonly other?: unknown }

/** A request to each endpoint that takes a key, and another body that it takes as well. */
const requests: Partial<Record<EndpointName, () => Promise<Asked>>> = {
  createApiToken: async () => ({
    body: { name: 'a', scopes: ['devices:read'] },
    other: { name: 'b', scopes: ['devices:read'] },
  }),
  joinByInvitation: async () => {
    const other = await api.admin.call('createHome', { body: { name: 'Elsewhere' } })
    const guest = await api.fixture.invite(api.admin, other.home_id, 'admin', 'gil')
    await api.admin.call('leaveHome', { params: { home_id: other.home_id } })
    const invite = () =>
      guest.call('createInvitation', { params: { home_id: other.home_id }, body: { role: 'viewer' } })
    return { body: { token: (await invite()).token }, other: { token: (await invite()).token } }
  },
  createHome: async () => ({ body: { name: 'One' }, other: { name: 'Two' } }),
  createInvitation: async () => ({
    params: { home_id: api.homeId },
    body: { role: 'member' },
    other: { role: 'viewer' },
  }),
  commandDevice: async () => ({
    params: { device_id: 'kitchen' },
    body: { command: 'reboot' },
    other: { command: 'identify' },
  }),
  recordOwnWord: async () => ({
    params: { device_id: 'kitchen', own_word: 'mynah' },
    body: { recording: 1 },
    other: { recording: 2 },
  }),
  createEnrolmentToken: async () => ({ params: { home_id: api.homeId }, body: { name: 'a' }, other: { name: 'b' } }),
  claimDevice: async () => {
    const code = async (device_id: string) =>
      (await api.fixture.browser().call('requestClaimCode', { body: { v: 1, device_id } })).code
    return {
      params: { home_id: api.homeId },
      body: { code: await code('attic') },
      other: { code: await code('cellar') },
    }
  },
  announce: async () => ({
    params: { home_id: api.homeId },
    body: { text: 'Dinner', target: { type: 'all' } },
    other: { text: 'Lunch', target: { type: 'all' } },
  }),
  announceRecording: async () => ({
    params: { home_id: api.homeId },
    body: encodeWav(new Int16Array(1_600).fill(1_000), 16_000),
    other: encodeWav(new Int16Array(1_600).fill(2_000), 16_000),
  }),
  createBackup: async () => ({}),
}

const token = (browser: Browser) => browser.kept.token ?? ''
const send = (
  name: EndpointName,
  asked: Asked,
  key: string | undefined,
  bearer = token(api.admin),
  body = asked.body,
) => {
  const headers: Record<string, string> = {
    authorization: `Bearer ${bearer}`,
    ...(key !== undefined && { 'idempotency-key': key }),
  }
  if (!(body instanceof Uint8Array)) return api.fixture.raw(name, { params: asked.params ?? {}, body, headers })
  // The fixture writes JSON; a sound goes as it is.
  const path = contract[name].path.replace('{home_id}', api.homeId)
  return api.fixture.api.app.request(`http://mynah.test:8700${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'audio/wav' },
    body: new Uint8Array(body),
  })
}
/** Everything that a second performance would change: each of these endpoints writes into the audit log, too. */
const effects = () => ({
  audit: api.fixture.store.db.prepare('SELECT count(*) AS n FROM audit').get(),
  sent: api.fixture.memory.sent.length,
  copies: readdirSync(api.fixture.dataDir).includes('backups')
    ? readdirSync(join(api.fixture.dataDir, 'backups')).length
    : 0,
})
const answerOf = async (coming: Response | Promise<Response>) => {
  const response = await coming
  return { status: response.status, etag: response.headers.get('etag'), body: await response.text() }
}
const codeOf = async (coming: Response | Promise<Response>) => {
  const { status, body } = await answerOf(coming)
  return [status, (JSON.parse(body) as { code?: string }).code]
}

const posts = endpointNames
  .map((name) => ({ name, spec: contract[name] as Endpoint }))
  .filter(({ spec }) => spec.method === 'POST')
const keyed = posts.filter(({ spec }) => spec.onceByKey)

test('every POST takes a key, or there is a reason why it need not', () => {
  const undecided = posts.filter(({ name, spec }) => spec.onceByKey === (withoutKey[name] !== undefined))
  expect(undecided.map(({ name }) => name)).toEqual([])
  expect(posts.every(({ name, spec }) => spec.onceByKey || withoutKey[name] !== undefined)).toBe(true)
  expect(keyed.every(({ name, spec }) => requests[name] !== undefined && spec.access.type !== 'public')).toBe(true)
})

describe('the same key', () => {
  test.each(keyed)('$name is done once and answered alike', async ({ name, spec }) => {
    const asked = (await requests[name]?.()) ?? {}
    const first = await answerOf(send(name, asked, 'key-1'))
    expect(first.status).toBe(spec.status)
    const after = effects()
    expect(await answerOf(send(name, asked, 'key-1'))).toEqual(first)
    expect(effects()).toEqual(after)
  })

  test.each(keyed)('$name with the key of another request is refused and not done', async ({ name }) => {
    const asked = (await requests[name]?.()) ?? {}
    await answerOf(send(name, asked, 'key-1'))
    const after = effects()
    if (asked.other)
      expect(await codeOf(send(name, asked, 'key-1', token(api.admin), asked.other))).toEqual([422, 'key_reused'])
    const elsewhere = name === 'createHome' ? 'createApiToken' : 'createHome'
    const other = (await requests[elsewhere]?.()) ?? {}
    expect(await codeOf(send(elsewhere, other, 'key-1'))).toEqual([422, 'key_reused'])
    expect(effects()).toEqual(after)
  })

  test.each(keyed)('$name at the same moment is done once', async ({ name, spec }) => {
    const asked = (await requests[name]?.()) ?? {}
    const before = effects()
    const [first, second] = await Promise.all([
      answerOf(send(name, asked, 'key-1')),
      answerOf(send(name, asked, 'key-1')),
    ])
    expect(first?.status).toBe(spec.status)
    expect(second).toEqual(first)
    const [{ n: was }, { n: is }] = [before.audit, effects().audit] as [{ n: number }, { n: number }]
    // A claim makes a token, too: each has its line.
    expect(is - was).toBe(name === 'claimDevice' ? 2 : 1)
  })

  test('without a key a second request is a second thing', async () => {
    const asked = { body: { name: 'One' } }
    const [first, second] = [
      await answerOf(send('createHome', asked, undefined)),
      await answerOf(send('createHome', asked, undefined)),
    ]
    expect(second?.body).not.toBe(first?.body)
  })
})

describe('a key', () => {
  const make = { params: () => ({ home_id: api.homeId }), body: { name: 'a' } }
  const ask = (key: string, bearer?: string) =>
    answerOf(send('createEnrolmentToken', { params: make.params(), body: make.body }, key, bearer))
  const apiToken = async () =>
    (await api.admin.call('createApiToken', { body: { name: 'script', scopes: ['devices:write', 'devices:read'] } }))
      .token

  test('is of one caller: another one with the same key is somebody else', async () => {
    const script = await apiToken()
    const guest = await api.fixture.invite(api.admin, api.homeId, 'admin', 'gil')
    const answers = [await ask('k'), await ask('k', script), await ask('k', token(guest))]
    expect(new Set(answers.map(({ body }) => body)).size).toBe(3)
    // Another login of the same person is that person.
    const laptop = api.fixture.browser()
    await laptop.signIn('ada')
    expect((await ask('k', token(laptop))).body).toBe(answers[0]?.body)
  })

  test('ends after 24 hours', async () => {
    const script = await apiToken()
    const first = await ask('k', script)
    await api.fixture.clock.advance(23 * 3_600_000)
    expect(await ask('k', script)).toEqual(first)
    await api.fixture.clock.advance(2 * 3_600_000)
    expect((await ask('k', script)).body).not.toBe(first.body)
  })

  test('gives nothing to who may no longer ask', async () => {
    const guest = await api.fixture.invite(api.admin, api.homeId, 'admin', 'gil')
    expect((await ask('k', token(guest))).status).toBe(201)
    const { person_id } = await guest.call('getMe', {})
    await api.admin.call('updateMember', { params: { home_id: api.homeId, person_id }, body: { role: 'viewer' } })
    expect((await ask('k', token(guest))).status).toBe(403)
  })

  test('of what was refused may be used again', async () => {
    const claim = (code: string) => answerOf(send('claimDevice', { params: make.params(), body: { code } }, 'k'))
    expect((await claim('000000')).status).toBe(404)
    const { code } = await api.fixture.browser().call('requestClaimCode', { body: { v: 1, device_id: 'attic' } })
    expect((await claim(code)).status).toBe(201)
  })

  test.each(['a b', 'ü', 'x'.repeat(256)])('%j is no key', async (key) => {
    const { status, body } = await ask(key)
    expect([status, JSON.parse(body).code]).toEqual([400, 'bad_request'])
  })
})

describe('what is kept', () => {
  const principal: Principal = {
    personId: 'ada',
    login: 'ada',
    actor: 'ada',
    isSystemAdmin: false,
    homes: new Map(),
    via: { type: 'login', loginId: 'l' },
  }
  const request = (key: string, body: unknown = {}) =>
    ({ name: 'createHome', key, principal, params: {}, body }) as const

  test('survives a restart, sealed', async () => {
    const [first] = [await answerOf(send('createApiToken', { body: { name: 'a', scopes: ['devices:read'] } }, 'k'))]
    const secret = (JSON.parse(first?.body ?? '{}') as { token: string }).token
    const rows = api.fixture.store.db.prepare('SELECT answer_sealed FROM idempotency_keys').all() as {
      answer_sealed: Buffer
    }[]
    expect(rows).toHaveLength(1)
    expect(rows[0]?.answer_sealed.includes(secret)).toBe(false)

    const again = openStore({ dataDir: api.fixture.dataDir, clock: api.fixture.clock, log: silentLog })
    const stores = createApiStores({
      db: again.db,
      sealer: again.sealer,
      sounds: again.sounds,
      clock: api.fixture.clock,
    })
    const me = await api.admin.call('getMe', {})
    const once = createOnce(stores.idempotency)
    const asked = {
      name: 'createApiToken',
      key: 'k',
      principal: { ...principal, personId: me.person_id },
      params: {},
      body: { name: 'a', scopes: ['devices:read'] },
    } as const
    const outcome = await once(asked, () => {
      throw new Error('done twice')
    })
    expect(outcome).toMatchObject({ type: 'done', body: { token: secret } })
    again.close()
  })

  test('of a request that a crash cut off says that its outcome is not known', async () => {
    const stores = createApiStores({
      db: api.fixture.store.db,
      sealer: api.fixture.store.sealer,
      sounds: api.fixture.store.sounds,
      clock: api.fixture.clock,
    })
    // The process that began this never comes back.
    void createOnce(stores.idempotency)(request('k'), () => new Promise(() => {}))
    const outcome = await createOnce(stores.idempotency)(request('k'), () => done('twice'))
    expect(outcome).toMatchObject({ type: 'refused', code: 'conflict' })
  })

  test('of a request that failed is nothing', async () => {
    const once = createOnce(
      createApiStores({
        db: api.fixture.store.db,
        sealer: api.fixture.store.sealer,
        sounds: api.fixture.store.sounds,
        clock: api.fixture.clock,
      }).idempotency,
    )
    await expect(
      once(request('k'), () => {
        throw new Error('no disk')
      }),
    ).rejects.toThrow('no disk')
    expect(await once(request('k'), () => done('made'))).toMatchObject({ type: 'done', body: 'made' })
  })

  test('has a bound for each caller: the oldest go first', () => {
    const stores = createApiStores({
      db: api.fixture.store.db,
      sealer: api.fixture.store.sealer,
      sounds: api.fixture.store.sounds,
      clock: api.fixture.clock,
    })
    const begin = (key: string) =>
      stores.idempotency.begin({ principal: 'person/ada', key, requestHash: new Uint8Array(32) }).type
    stores.atOnce(() => {
      stores.idempotency.begin({ principal: 'person/gil', key: '0', requestHash: new Uint8Array(32) })
      for (let key = 0; key < 1_010; key++) begin(String(key).padStart(5, '0'))
    })
    const count = api.fixture.store.db
      .prepare("SELECT count(*) AS n FROM idempotency_keys WHERE principal = 'person/ada'")
      .get()
    expect(count).toEqual({ n: 1_000 })
    expect(stores.idempotency.begin({ principal: 'person/gil', key: '0', requestHash: new Uint8Array(32) }).type).toBe(
      'begun',
    )
  })
})

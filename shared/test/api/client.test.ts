import { describe, expect, test } from 'vitest'
import { type ApiClientDeps, createApiClient } from '../../src/api/client.ts'

type Answer = { readonly status: number; readonly body: unknown }
const me = {
  person_id: 'p',
  login: 'ada',
  name: 'Ada',
  language: 'en',
  is_system_admin: false,
  has_totp: false,
  homes: [],
}
const refusal = (status: number, code: string): Answer => ({
  status,
  body: { type: 'about:blank', title: 'No', status, detail: 'No.', code },
})

/** A cloud that answers by a function; every request is kept. */
const cloudThat = (answer: (url: string, init: Parameters<ApiClientDeps['fetch']>[1]) => Answer) => {
  const requests: { url: string; init: Parameters<ApiClientDeps['fetch']>[1] }[] = []
  const kept = { token: 'old' as string | undefined, signedOut: 0 }
  const client = createApiClient({
    baseUrl: '',
    accessToken: {
      get: () => kept.token,
      set: (token) => {
        kept.token = token
      },
    },
    onSignedOut: () => {
      kept.signedOut += 1
    },
    fetch: async (url, init) => {
      requests.push({ url, init })
      const { status, body } = answer(url, init)
      return { status, json: async () => body, arrayBuffer: async () => new ArrayBuffer(0) }
    },
  })
  return { client, requests, kept }
}

const renewing = (url: string, token: string | undefined): Answer => {
  if (url === '/api/session/refresh') return { status: 200, body: { access_token: 'new', expires_in_s: 600, me } }
  return token === 'Bearer new' ? { status: 200, body: me } : refusal(401, 'token_expired')
}

describe('the API client', () => {
  test('fills path and query', async () => {
    const { client, requests } = cloudThat(() => ({ status: 200, body: { items: [], next_cursor: null } }))
    await client.call('listDevices', { query: { home_id: 'home', limit: 20 } })
    await client.call('listAudit', { params: { home_id: 'a/b' } })
    expect(requests.map(({ url }) => url)).toEqual(['/api/devices?home_id=home&limit=20', '/api/homes/a%2Fb/audit'])
  })

  test('renews an expired token once for all calls that wait', async () => {
    const { client, requests, kept } = cloudThat((url, init) => renewing(url, init.headers.authorization))
    const answers = await Promise.all([client.call('getMe', {}), client.call('getMe', {}), client.call('getMe', {})])
    expect(answers.every(({ ok }) => ok)).toBe(true)
    expect(requests.filter(({ url }) => url === '/api/session/refresh')).toHaveLength(1)
    expect(kept.token).toBe('new')
  })

  test('tells that the login is over when it cannot be renewed', async () => {
    const { client, kept } = cloudThat(() => refusal(401, 'session_ended'))
    kept.token = undefined
    await client.renew()
    expect(kept.signedOut).toBe(1)
  })

  test('gives the problem of the cloud as a value', async () => {
    const { client } = cloudThat(() => refusal(409, 'version_conflict'))
    const answer = await client.call(
      'setDeviceConfig',
      { params: { device_id: 'kitchen' }, body: { volume: 3 } },
      { ifMatch: 2 },
    )
    expect(answer).toMatchObject({ ok: false, error: { type: 'problem', problem: { code: 'version_conflict' } } })
  })

  test('sends the version of a change and the header that no other site can send', async () => {
    const { client, requests } = cloudThat(() => refusal(409, 'version_conflict'))
    await client.call('setDeviceConfig', { params: { device_id: 'kitchen' }, body: {} }, { ifMatch: 2 })
    expect(requests[0]?.init.headers).toMatchObject({ 'if-match': '"2"', 'x-mynah-request': '1' })
  })

  test('refuses a reply that is not of the contract', async () => {
    const { client } = cloudThat(() => ({ status: 200, body: { login: 'ada' } }))
    expect(await client.call('getMe', {})).toMatchObject({ ok: false, error: { type: 'bad_reply' } })
  })

  test('says that nobody answered instead of throwing', async () => {
    const { client } = cloudThat(() => {
      throw new TypeError('fetch failed')
    })
    expect(await client.call('getMe', {})).toEqual({ ok: false, error: { type: 'unreachable' } })
  })
})

describe('a call that creates something', () => {
  const made = { status: 201, body: { home_id: 'h', name: 'One', time_zone: null, role: 'admin', speaker_count: 0 } }
  const clientWith = (fetch: ApiClientDeps['fetch']) => {
    let last = 0
    const newKey = () => {
      last += 1
      return `key-${last}`
    }
    return createApiClient({ baseUrl: '', accessToken: { get: () => 'old', set: () => {} }, fetch, newKey })
  }
  const answering = (answers: readonly (Answer | 'lost')[]) => {
    const keys: (string | undefined)[] = []
    const left = [...answers]
    const client = clientWith(async (_url, init) => {
      keys.push(init.headers['idempotency-key'])
      const next = left.shift()
      if (next === undefined || next === 'lost') throw new Error('lost')
      return { status: next.status, json: async () => next.body, arrayBuffer: async () => new ArrayBuffer(0) }
    })
    return { client, keys }
  }

  test('is sent again with the same key when no answer came', async () => {
    const { client, keys } = answering(['lost', made])
    await client.call('createHome', { body: { name: 'One' } })
    expect(keys).toEqual(['key-1', 'key-1'])
  })

  test('is sent twice and not more', async () => {
    const { client, keys } = answering(['lost', 'lost', made])
    expect(await client.call('createHome', { body: { name: 'One' } })).toMatchObject({
      ok: false,
      error: { type: 'unreachable' },
    })
    expect(keys).toEqual(['key-1', 'key-1'])
  })

  test('has another key when it is another call, and the old one when the caller says so', async () => {
    const { client, keys } = answering([made, made, made])
    for (const options of [{}, {}, { key: 'key-1' }])
      await client.call('createHome', { body: { name: 'One' } }, options)
    expect(keys).toEqual(['key-1', 'key-2', 'key-1'])
  })

  test('keeps its key when the token was renewed meanwhile', async () => {
    const renewed = { status: 200, body: { access_token: 'new', expires_in_s: 600, me } }
    const { client, keys } = answering([refusal(401, 'token_expired'), renewed, made])
    await client.call('createHome', { body: { name: 'One' } })
    expect(keys).toEqual(['key-1', undefined, 'key-1'])
  })

  test('other calls have none and are sent once', async () => {
    const { client, keys } = answering(['lost'])
    expect((await client.call('getMe', {})).ok).toBe(false)
    expect(keys).toEqual([undefined])
  })
})

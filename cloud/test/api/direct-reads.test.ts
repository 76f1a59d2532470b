import { once } from 'node:events'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type HttpServer, startHttpServer } from '../../src/gateway/http-server.ts'
import { createRequestCount } from '../../src/gateway/request-count.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import type { Browser } from './api-fixture.ts'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest(['kitchen'])
let metrics: ReturnType<typeof createMetrics>
let http: HttpServer
beforeEach(async () => {
  metrics = createMetrics()
  const direct = api.fixture.api.directReads(createRequestCount(metrics, api.fixture.clock))
  http = await startHttpServer(api.fixture.api.app, { host: '127.0.0.1', port: 0, clock: api.fixture.clock, direct })
})
afterEach(async () => {
  http.server.closeAllConnections()
  http.server.close()
  await once(http.server, 'close')
})

const bearer = (browser: Browser) => ({ authorization: `Bearer ${browser.kept.token}` })
const ask = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${http.port}${path}`, { headers: { connection: 'close', ...headers } })
/** Only the direct way counts here. */
const answered = async (path: string, status: number): Promise<boolean> =>
  (await metrics.render()).includes(`{route="${path}",status="${status}"}`)

const reads = endpointNames
  .map((name) => ({ name, spec: contract[name] as Endpoint }))
  .filter(({ spec }) => spec.method === 'GET')
const direct = reads.filter(({ spec }) => typeof spec.reply === 'object')

/** A path of this endpoint to what is there, or to `id` instead. */
const pathTo = (path: string, id?: string): string => {
  const there: Record<string, string> = { device_id: 'kitchen', home_id: api.homeId }
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => id ?? there[name] ?? 'nothing')
}

/** What both ways must agree on: all but what the connection itself says. */
const shown = async (response: Response) => {
  const ofConnection = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']
  const headers = [...response.headers].filter(([name]) => !ofConnection.includes(name)).sort()
  return { status: response.status, headers: Object.fromEntries(headers), body: await response.text() }
}

const bothWays = async (name: EndpointName, query: string, headers: Record<string, string>, id?: string) => {
  const path = `${pathTo(contract[name].path, id)}${query}`
  const byApp = await api.fixture.api.app.request(`http://mynah.test:8700${path}`, { headers })
  return { direct: await shown(await ask(path, headers)), byApp: await shown(byApp) }
}

describe('a read that is answered past the app', () => {
  test.each(direct)('$name says the same as by the app, to everybody', async ({ name, spec }) => {
    const callers: Record<string, string>[] = [
      bearer(api.admin),
      {},
      { authorization: 'Bearer forged' },
      { authorization: `bearer  ${api.admin.kept.token}` },
      { authorization: 'Basic a:b' },
    ]
    for (const headers of callers) {
      const { direct: answer, byApp } = await bothWays(name, '', headers)
      expect(answer).toEqual(byApp)
      if (answer.status !== 404) expect(await answered(spec.path, answer.status)).toBe(true)
    }
  })

  test.each(direct)('$name reads a query as the app does', async ({ name }) => {
    for (const query of [
      '?',
      '?limit=2',
      '?limit=2&limit=x',
      '?limit=%32',
      '?limit=x',
      '?limit=',
      '?constructor=1',
      '?a+b=%zz',
    ]) {
      const { direct: answer, byApp } = await bothWays(name, query, bearer(api.admin))
      expect(answer, query).toEqual(byApp)
    }
  })

  test.each(direct.filter(({ spec }) => spec.path.includes('{')))(
    '$name says the same as by the app of what is not there, and of what cannot be',
    async ({ name }) => {
      const { home_id: elsewhere } = await api.admin.call('createHome', { body: { name: 'Elsewhere' } })
      const stranger = await api.fixture.invite(api.admin, elsewhere, 'viewer', 'sam')
      for (const id of ['nothing', 'kitchen', api.homeId, 'a.b', '..', '', '%6bitchen', 'x'.repeat(200), '__proto__'])
        for (const browser of [api.admin, stranger]) {
          const { direct: answer, byApp } = await bothWays(name, '', bearer(browser), id)
          expect(answer, id).toEqual(byApp)
        }
    },
  )

  test.each(reads.filter(({ spec }) => typeof spec.reply !== 'object'))(
    '$name, which is a file, is not taken for another read',
    async ({ name, spec }) => {
      const headers = bearer(api.admin)
      const byApp = await api.fixture.api.app.request(`http://mynah.test:8700${pathTo(spec.path)}`, { headers })
      const answer = await ask(pathTo(contract[name].path), headers)
      expect(answer.status).toBe(byApp.status)
      expect(answer.headers.get('content-type')).toBe(byApp.headers.get('content-type'))
      await Promise.all([answer.arrayBuffer(), byApp.arrayBuffer()])
    },
  )

  test('an unchanged list is not sent again, a changed one is', async () => {
    const first = await ask('/api/devices', bearer(api.admin))
    const headers = { ...bearer(api.admin), 'if-none-match': first.headers.get('etag') ?? '' }
    expect((await ask('/api/devices', headers)).status).toBe(304)
    api.fixture.report('kitchen', { volume: 61 })
    const changed = await ask('/api/devices', headers)
    expect(changed.status).toBe(200)
    expect(await changed.json()).toMatchObject({ items: [{ volume: 61 }] })
  })

  test('names of many letters come whole', async () => {
    api.fixture.connect('kitchen')
    const name = '客厅的鹦鹉 🦜 "ç"'
    await api.admin.call('updateDevice', { params: { device_id: 'kitchen' }, body: { name } })
    expect(await (await ask('/api/devices', bearer(api.admin))).json()).toMatchObject({ items: [{ name }] })
  })

  test('another method, a body and an address in another spelling go through the app', async () => {
    expect((await fetch(`http://127.0.0.1:${http.port}/api/devices`, { method: 'PUT' })).status).toBe(405)
    expect((await ask('/api/%64evices', bearer(api.admin))).status).toBe(200)
    expect(await answered('/api/devices', 200)).toBe(false)
  })
})

describe('what was known of a caller', () => {
  const seen = async (browser: Browser): Promise<readonly string[]> => {
    const answer = await ask('/api/devices', bearer(browser))
    if (answer.status !== 200) return [String(answer.status)]
    return ((await answer.json()) as { items: { device_id: string }[] }).items.map(({ device_id }) => device_id)
  }

  test('ends with the login, at once', async () => {
    expect(await seen(api.admin)).toEqual(['kitchen'])
    await api.admin.call('logOutEverywhere', {})
    expect(await seen(api.admin)).toEqual(['401'])
  })

  test('ends with the time of the token', async () => {
    expect(await seen(api.admin)).toEqual(['kitchen'])
    await api.fixture.clock.advance(601_000)
    expect(await seen(api.admin)).toEqual(['401'])
  })

  test('follows a membership, at once', async () => {
    const guest = await api.fixture.invite(api.admin, api.homeId, 'member', 'gil')
    expect(await seen(guest)).toEqual(['kitchen'])
    const { person_id } = await guest.call('getMe', {})
    await api.admin.call('removeMember', { params: { home_id: api.homeId, person_id } })
    expect(await seen(guest)).toEqual([])
  })

  test('follows a role, at once', async () => {
    api.fixture.connect('kitchen')
    const guest = await api.fixture.invite(api.admin, api.homeId, 'member', 'gil')
    const rename = () => guest.refusal('updateDevice', { params: { device_id: 'kitchen' }, body: { name: 'Mine' } })
    const { person_id } = await guest.call('getMe', {})
    expect(await seen(guest)).toEqual(['kitchen'])
    expect(await rename()).toBe('ok')
    await api.admin.call('updateMember', { params: { home_id: api.homeId, person_id }, body: { role: 'viewer' } })
    expect(await rename()).toBe('forbidden')
    expect(await seen(guest)).toEqual(['kitchen'])
  })

  test('of an API token ends when it is taken back, and with its time', async () => {
    const script = api.fixture.browser()
    const make = async (valid_days?: number) => {
      const body = { name: 'board', scopes: ['devices:read' as const], ...(valid_days !== undefined && { valid_days }) }
      const made = await api.admin.call('createApiToken', { body })
      script.kept.token = made.token
      return made.token_id
    }
    const token_id = await make()
    expect(await seen(script)).toEqual(['kitchen'])
    await api.admin.call('revokeApiToken', { params: { token_id } })
    expect(await seen(script)).toEqual(['401'])
    await make(1)
    await api.fixture.clock.advance(86_400_000 - 10_000)
    expect(await seen(script)).toEqual(['kitchen'])
    await api.fixture.clock.advance(11_000)
    expect(await seen(script)).toEqual(['401'])
  })

  test('follows a speaker that moves to another home', async () => {
    const other = await api.admin.call('createHome', { body: { name: 'Elsewhere' } })
    const guest = await api.fixture.invite(api.admin, api.homeId, 'viewer', 'vera')
    expect(await seen(guest)).toEqual(['kitchen'])
    await api.admin.call('transferDevice', { params: { device_id: 'kitchen' }, body: { home_id: other.home_id } })
    expect(await seen(guest)).toEqual([])
    expect(await seen(api.admin)).toEqual(['kitchen'])
  })
})

test('a list is kept when a speaker of another home changes', async () => {
  const other = await api.admin.call('createHome', { body: { name: 'Elsewhere' } })
  api.fixture.enrol('elsewhere', other.home_id)
  const etagOf = async (query: string) => (await ask(`/api/devices${query}`, bearer(api.admin))).headers.get('etag')
  const [here, there] = [await etagOf(`?home_id=${api.homeId}`), await etagOf(`?home_id=${other.home_id}`)]
  api.fixture.report('elsewhere', { volume: 7 })
  expect(await etagOf(`?home_id=${api.homeId}`)).toBe(here)
  expect(await etagOf(`?home_id=${other.home_id}`)).not.toBe(there)
})

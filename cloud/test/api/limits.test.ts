import { contract, endpointNames } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import { createCallLimits } from '../../src/api/limits.ts'
import { apiPerTest } from './api-per-test.ts'

const endpoints = endpointNames.map((name) => ({ name, spec: contract[name] as Endpoint }))
const bounded = endpoints.filter(({ spec }) => spec.method !== 'GET' || spec.access.type === 'public')

describe('what one caller may ask for', () => {
  test.each(bounded)('$name has a bound, its own for each caller, and comes back with time', async ({ name, spec }) => {
    const clock = createManualClock()
    const waitFor = createCallLimits(clock)
    const call = (caller: string) => waitFor(name, spec.method, caller, spec.access.type === 'public')
    let calls = 0
    while (call('ada') === 0 && calls <= 2_000) calls += 1
    expect(calls).toBeGreaterThanOrEqual(20)
    expect(calls).toBeLessThanOrEqual(2_000)
    const waitS = call('ada')
    expect(waitS).toBeGreaterThan(0)
    expect(call('bob')).toBe(0)
    await clock.advance(waitS * 1_000)
    expect(call('ada')).toBe(0)
  })

  test.each([
    'announce',
    'announceRecording',
    'tryAi',
    'uploadFirmware',
    'createBackup',
    'exportTurns',
    'exportTurnsWithSound',
  ] as const)('%s, which costs engines, disk or peace, no more than thirty times at once', (name) => {
    const waitFor = createCallLimits(createManualClock())
    const answers = Array.from({ length: 40 }, () => waitFor(name, contract[name].method, 'ada', false))
    expect(answers.filter((waitS) => waitS === 0)).toHaveLength(30)
  })
})

describe('who asks too often', () => {
  const api = apiPerTest(['kitchen'])

  test('is told so with a stable code and how long to wait, and does well to do that', async () => {
    const headers = { authorization: `Bearer ${api.admin.kept.token}` }
    const params = { home_id: api.homeId }
    const announce = () =>
      api.fixture.raw('announce', { params, headers, body: { text: 'Dinner', target: { type: 'all' } } })
    for (let calls = 0; calls < 30; calls++) expect((await announce()).status).toBe(202)
    const refused = await announce()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', retry_after_s: 2, status: 429 })
    // Everything else goes on.
    expect(await api.admin.refusal('updateDevice', { params: { device_id: 'nowhere' }, body: {} })).toBe('not_found')
    await api.fixture.clock.advance(2_000)
    expect((await announce()).status).toBe(202)
  })

  test('from an address that is nobody is counted by the address', async () => {
    const ask = () => api.fixture.raw('checkInvitation', { body: { token: 'A'.repeat(43) } })
    const statuses: number[] = []
    for (let calls = 0; calls < 61; calls++) statuses.push((await ask()).status)
    expect(statuses.slice(0, 60).every((status) => status === 404)).toBe(true)
    expect(statuses.at(-1)).toBe(429)
  })
})

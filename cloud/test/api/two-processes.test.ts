import type { EndpointName } from '@mynah/shared/api/contract.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLive } from '../live/open-live.ts'
import { type Browser, createApiFixture, password } from './api-fixture.ts'

type Fixture = ReturnType<typeof createApiFixture>
let gateway: Fixture
let bridge: Fixture
/** The same login, once at each process. */
let admin: { readonly at: Browser; readonly beside: Browser }
let homeId: string
beforeEach(async () => {
  gateway = createApiFixture('gateway')
  const made = await gateway.setUp()
  homeId = made.homeId
  gateway.enrol('kitchen', homeId)
  bridge = createApiFixture('bridge', gateway)
  admin = { at: made.admin, beside: atBridge(made.admin) }
})
afterEach(async () => {
  await bridge.close()
  await gateway.close()
})

const atBridge = ({ kept }: Browser): Browser => {
  const browser = bridge.browser()
  browser.kept.token = kept.token
  return browser
}
const kitchen = { device_id: 'kitchen' }
const listed = async (browser: Browser) =>
  (await browser.call('listDevices', {})).items.map(({ device_id: id, name, config_state: state }) => [id, name, state])

describe('what one process changed', () => {
  test('of a speaker is in the very next list and detail of the other: its name, what became of that, itself', async () => {
    expect(await listed(admin.beside)).toEqual([['kitchen', null, 'none']])
    const renamed = admin.at.call('updateDevice', { params: kitchen, body: { name: 'Küche' } })
    await gateway.clock.advance(1_000)
    await renamed
    expect(await listed(admin.beside)).toEqual([['kitchen', 'Küche', 'pending']])
    const ack = { deviceId: 'kitchen', kind: 'config/ack', message: { v: 1, version: 1, applied: true } } as const
    gateway.memory.receive(ack)
    expect(await listed(admin.beside)).toEqual([['kitchen', 'Küche', 'applied']])
    expect((await admin.beside.call('getDevice', { params: kitchen })).name).toBe('Küche')

    gateway.enrol('attic', homeId)
    expect((await listed(admin.beside)).map(([id]) => id)).toEqual(['attic', 'kitchen'])
    await admin.at.call('unclaimDevice', { params: { device_id: 'attic' } })
    expect((await listed(admin.beside)).map(([id]) => id)).toEqual(['kitchen'])
  })

  test('is not behind an ETag that the other gave out before', async () => {
    const list = async (etag?: string) =>
      bridge.raw('listDevices', {
        headers: { authorization: `Bearer ${admin.at.kept.token}`, ...(etag && { 'if-none-match': etag }) },
      })
    const first = await list()
    const etag = first.headers.get('etag') ?? ''
    expect((await list(etag)).status).toBe(304)
    const renamed = admin.at.call('updateDevice', { params: kitchen, body: { room: 'Attic' } })
    await gateway.clock.advance(1_000)
    await renamed
    expect((await list(etag)).status).toBe(200)
  })

  test('of who owns a speaker lets nobody of its old home in at the other', async () => {
    const elsewhere = await admin.at.call('createHome', { body: { name: 'Elsewhere' } })
    const sam = atBridge(await gateway.invite(admin.at, homeId, 'admin', 'sam'))
    expect((await sam.call('getDevice', { params: kitchen })).home_id).toBe(homeId)
    await admin.at.call('transferDevice', { params: kitchen, body: { home_id: elsewhere.home_id } })
    expect(await sam.refusal('getDevice', { params: kitchen })).toBe('not_found')
    expect(await listed(sam)).toEqual([])
    expect(await listed(admin.beside)).toHaveLength(1)
  })

  test('of rights holds at the other from the next request on', async () => {
    const vera = await gateway.invite(admin.at, homeId, 'admin', 'vera')
    const { me } = await vera.signIn('vera')
    const beside = atBridge(vera)
    const member = { home_id: homeId, person_id: me.person_id }
    const mayList = async (name: EndpointName & 'listInvitations') =>
      beside.refusal(name, { params: { home_id: homeId } })
    expect(await mayList('listInvitations')).toBe('ok')
    await admin.at.call('updateMember', { params: member, body: { role: 'viewer' } })
    expect(await mayList('listInvitations')).toBe('forbidden')
    await admin.at.call('removeMember', { params: member })
    expect(await mayList('listInvitations')).toBe('not_found')
  })

  test('ends a login and a token at the other, too', async () => {
    const { token, token_id } = await admin.at.call('createApiToken', {
      body: { name: 'cron', scopes: ['devices:read'] },
    })
    const script = bridge.browser()
    script.kept.token = token
    expect(await script.refusal('listDevices', {})).toBe('ok')
    await admin.at.call('revokeApiToken', { params: { token_id } })
    expect(await script.refusal('listDevices', {})).toBe('unauthenticated')

    expect(await admin.beside.refusal('getMe', {})).toBe('ok')
    await admin.at.call('logOutEverywhere', {})
    expect(await admin.beside.refusal('getMe', {})).toBe('unauthenticated')
    await gateway.browser().call('logIn', { body: { login: 'ada', password } })
  })

  test('is told to browsers that only listen at the other, within a second', async () => {
    const live = await openLive(bridge.api)
    const browser = await live.join(admin.beside)
    const renamed = admin.at.call('updateDevice', { params: kitchen, body: { name: 'Küche' } })
    await gateway.clock.advance(2_000)
    await renamed
    const names = () => browser.messages.flatMap((message) => ('device' in message ? [message.device.name] : []))
    await expect.poll(names).toEqual(['Küche'])
    const parted = admin.at.call('unclaimDevice', { params: kitchen })
    await gateway.clock.advance(2_000)
    await parted
    await expect.poll(() => browser.messages.at(-1)?.type).toBe('device_removed')
    await live.close()
  })
})

describe('two changes on one version, one at each process', () => {
  test('of a configuration: the later one is refused, and takes nothing away', async () => {
    const first = admin.at.call('setDeviceConfig', { params: kitchen, body: { volume: 20 } }, 0)
    expect(await admin.beside.refusal('setDeviceConfig', { params: kitchen, body: { room: 'Attic' } }, 0)).toBe(
      'version_conflict',
    )
    await gateway.clock.advance(1_000)
    expect((await first).config).toEqual({ volume: 20 })
    const second = admin.beside.call('setDeviceConfig', { params: kitchen, body: { room: 'Attic' } }, 1)
    await gateway.clock.advance(1_000)
    expect((await second).config).toEqual({ volume: 20, room: 'Attic' })
  })

  test('of AI settings: the same', async () => {
    const params = { home_id: homeId }
    await admin.at.call('setAiSettings', { params, body: { llm: { type: 'none' } } }, 0)
    expect(await admin.beside.refusal('setAiSettings', { params, body: { personas: [] } }, 0)).toBe('version_conflict')
    expect((await admin.beside.call('getAiSettings', { params })).llm).toEqual({ type: 'none' })
  })
})

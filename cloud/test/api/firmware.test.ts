import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readBundleHead } from '@mynah/shared/firmware/bundle.ts'
import { keyIdOf, newFirmwareKey, verifyManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import { manifestSchema } from '@mynah/shared/firmware/manifest.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import * as v from 'valibot'
import { beforeEach, describe, expect, test } from 'vitest'
import { createDeviceCredentials } from '../../src/auth/device-credentials.ts'
import { createFirmwareDownload } from '../../src/gateway/firmware-download.ts'
import { createFirmwareStore } from '../../src/store/firmware-store.ts'
import { bundleOf, key } from '../firmware/bundles.ts'
import { createApiFixture } from './api-fixture.ts'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest(['kitchen', 'attic'])

const payload = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 7) % 251)
const trust = () => api.admin.call('addFirmwareKey', { body: { name: 'Release key', public_key: key.publicKey } })
const upload = (bundle: Uint8Array) => api.admin.call('uploadFirmware', { body: bundle })
const refusal = (bundle: Uint8Array) => api.admin.refusal('uploadFirmware', { body: bundle })
const stored = () => {
  const dir = join(api.fixture.dataDir, 'firmware')
  return existsSync(dir) ? readdirSync(dir) : []
}
const runs = (deviceId: string, firmware = '1.0.0') => api.fixture.report(deviceId, { firmware, target: 'arm64' })
const offersTo = (deviceId: string) =>
  api.fixture.memory.sent.flatMap((sent) =>
    sent.deviceId === deviceId && sent.kind === 'update' ? [sent.message.offer?.version ?? null] : [],
  )
const activate = (releaseId: string, ring: 'canary' | 'early' | 'all' = 'all') =>
  api.admin.call('changeFirmware', { params: { release_id: releaseId }, body: { state: 'active', ring } })

describe('an upload', () => {
  test('that a trusted key has signed is stored as it was signed, and begins paused', async () => {
    await trust()
    const release = await upload(bundleOf(payload, { notes: 'Faster wake' }))
    expect(release).toMatchObject({
      version: '1.2.0',
      target: 'arm64',
      state: 'paused',
      ring: 'canary',
      notes: 'Faster wake',
    })
    const [name] = stored()
    expect(stored()).toEqual([`${release.release_id}.bin`])
    expect(new Uint8Array(readFileSync(join(api.fixture.dataDir, 'firmware', name ?? '')))).toEqual(payload)
    const audit = await api.admin.call('listSystemAudit', {})
    expect(audit.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['firmware_uploaded', 'firmware_key_added']),
    )
  })

  test('that nobody trusted has signed is refused, and leaves nothing', async () => {
    expect(await refusal(bundleOf(payload))).toBe('firmware_untrusted')
    await trust()
    const stranger = newFirmwareKey()
    expect(await refusal(bundleOf(payload, {}, stranger.privatePem))).toBe('firmware_untrusted')
    // Under the name of the trusted key.
    const named = bundleOf(payload, { key_id: keyIdOf(key.publicKey) }, stranger.privatePem)
    expect(await refusal(named)).toBe('firmware_untrusted')
    expect(stored()).toEqual([])
    expect((await api.admin.call('listFirmware', {})).items).toEqual([])
  })

  test('that is not whole, not what was signed, or no bundle is refused, and leaves nothing', async () => {
    await trust()
    const bundle = bundleOf(payload)
    const changed = bundle.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    const longer = new Uint8Array([...bundle, 0])
    for (const spoilt of [bundle.subarray(0, -1), changed, longer, bundle.subarray(0, 40), new Uint8Array([1, 2, 3])]) {
      expect(await refusal(spoilt.slice())).toBe('bad_firmware')
    }
    expect(stored()).toEqual([])
  })

  test('of a version that is there is refused until that is withdrawn', async () => {
    await trust()
    const first = await upload(bundleOf(payload))
    expect(await refusal(bundleOf(payload))).toBe('conflict')
    await api.admin.call('changeFirmware', { params: { release_id: first.release_id }, body: { state: 'withdrawn' } })
    expect((await upload(bundleOf(payload))).state).toBe('paused')
  })

  test('comes in pieces of any size', async () => {
    await trust()
    const bundle = bundleOf(payload)
    const body = new ReadableStream({
      start: (controller) => {
        for (let at = 0; at < bundle.length; at += 997) controller.enqueue(bundle.slice(at, at + 997))
        controller.close()
      },
    })
    const response = await api.fixture.api.app.request('http://mynah.test:8700/api/system/firmware', {
      method: 'POST',
      headers: { authorization: `Bearer ${api.admin.kept.token}`, 'content-type': 'application/octet-stream' },
      body,
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(201)
  })

  test('longer than any release is refused by its length', async () => {
    const response = await api.fixture.api.app.request('http://mynah.test:8700/api/system/firmware', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${api.admin.kept.token}`,
        'content-type': 'application/octet-stream',
        'content-length': String(2 ** 40),
      },
      body: 'x',
    })
    expect(response.status).toBe(413)
  })
})

describe('an offer', () => {
  test('reaches those of the ring, ends at a pause, and is made again', async () => {
    await trust()
    runs('kitchen')
    runs('attic')
    await api.admin.call('setFirmwareRing', { params: { device_id: 'kitchen' }, body: { ring: 'canary' } })
    const { release_id: releaseId } = await upload(bundleOf(payload))
    expect([offersTo('kitchen'), offersTo('attic')]).toEqual([[null], [null]])
    expect((await activate(releaseId, 'canary')).offered_to).toBe(1)
    expect([offersTo('kitchen'), offersTo('attic')]).toEqual([[null, '1.2.0'], [null]])
    await activate(releaseId, 'all')
    expect(offersTo('attic')).toEqual([null, '1.2.0'])
    await api.admin.call('changeFirmware', { params: { release_id: releaseId }, body: { state: 'paused' } })
    expect([offersTo('kitchen').at(-1), offersTo('attic').at(-1)]).toEqual([null, null])
    await activate(releaseId)
    runs('kitchen', '1.2.0')
    expect(offersTo('kitchen').slice(-2)).toEqual(['1.2.0', null])
    const listed = await api.admin.call('listFirmware', {})
    expect(listed.items[0]).toMatchObject({ running_on: 1, offered_to: 1 })
    expect(listed.fleet).toContainEqual({ version: '1.2.0', target: 'arm64', speakers: 1 })
  })

  test('carries what was signed, so that a speaker can judge for itself', async () => {
    await trust()
    runs('kitchen')
    const { release_id: releaseId } = await upload(bundleOf(payload))
    await activate(releaseId)
    const sent = api.fixture.memory.sent.findLast(({ kind }) => kind === 'update')
    const offer = sent?.kind === 'update' ? sent.message.offer : null
    const bytes = (text = '') => new Uint8Array(Buffer.from(text, 'base64url'))
    expect(verifyManifest(bytes(offer?.manifest), bytes(offer?.signature), [key.publicKey])).toMatchObject({
      ok: true,
      value: { version: '1.2.0', size_bytes: payload.length },
    })
    expect(offer?.url).toBe(`/device/firmware/${releaseId}`)
  })

  test('ends for good when its release is withdrawn, or its key is trusted no more', async () => {
    await trust()
    runs('kitchen')
    const { release_id: releaseId } = await upload(bundleOf(payload))
    await activate(releaseId)
    await api.admin.call('removeFirmwareKey', { params: { key_id: keyIdOf(key.publicKey) } })
    expect(offersTo('kitchen').at(-1)).toBeNull()
    const params = { params: { release_id: releaseId } }
    expect(await api.admin.refusal('changeFirmware', { ...params, body: { state: 'active' } })).toBe('conflict')
    await api.admin.call('deleteFirmware', params)
    expect(stored()).toEqual([])
  })
})

describe('a download', () => {
  const download = (deviceId: string, releaseId: string, headers: Record<string, string> = {}, password?: string) => {
    const app = createFirmwareDownload({
      clock: api.fixture.clock,
      log: silentLog,
      credentials: createDeviceCredentials(api.fixture.store.devices),
      firmware: api.fixture.api.firmware,
    })
    const secret = mqttPasswordOf(new Uint8Array(32).fill(7))
    const authorization = `Bearer ${deviceId}:${password ?? secret}`
    return app.request(`/device/firmware/${releaseId}`, { headers: { authorization, ...headers } })
  }
  const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())
  let releaseId: string
  beforeEach(async () => {
    await trust()
    runs('kitchen')
    runs('attic')
    await api.admin.call('setFirmwareRing', { params: { device_id: 'kitchen' }, body: { ring: 'canary' } })
    releaseId = (await upload(bundleOf(payload))).release_id
    await activate(releaseId, 'canary')
  })

  test('gives the payload to whom it is offered, whole or from where it was cut off', async () => {
    const whole = await download('kitchen', releaseId)
    expect([whole.status, whole.headers.get('accept-ranges')]).toEqual([200, 'bytes'])
    expect(await bytesOf(whole)).toEqual(payload)
    const etag = whole.headers.get('etag') ?? ''
    const rest = await download('kitchen', releaseId, { range: 'bytes=60000-', 'if-range': etag })
    expect([rest.status, rest.headers.get('content-range')]).toEqual([206, 'bytes 60000-99999/100000'])
    expect(await bytesOf(rest)).toEqual(payload.subarray(60_000))
    const last = await download('kitchen', releaseId, { range: 'bytes=-10' })
    expect(await bytesOf(last)).toEqual(payload.subarray(-10))
    const other = await download('kitchen', releaseId, { range: 'bytes=5-9', 'if-range': '"another"' })
    expect([other.status, (await bytesOf(other)).length]).toEqual([200, payload.length])
    const beyond = await download('kitchen', releaseId, { range: 'bytes=100000-' })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */100000'])
  })

  test('gives nothing to others, to strangers, or by another id', async () => {
    expect((await download('attic', releaseId)).status).toBe(404)
    expect((await download('kitchen', 'another')).status).toBe(404)
    expect((await download('kitchen', '..%2Fkeys%2Fmaster.key')).status).toBe(404)
    expect((await download('kitchen', releaseId, {}, 'wrong')).status).toBe(401)
    expect((await download('nobody', releaseId)).status).toBe(401)
    await api.admin.call('changeFirmware', { params: { release_id: releaseId }, body: { state: 'paused' } })
    expect((await download('kitchen', releaseId)).status).toBe(404)
  })

  test('gives nothing to a speaker from which its owner has parted', async () => {
    api.fixture.store.devices.revoke('kitchen')
    expect((await download('kitchen', releaseId)).status).toBe(401)
  })
})

test('a bridge shows releases and leaves changing and offering them to the gateway beside it', async () => {
  const bridge = createApiFixture('bridge')
  const { admin, homeId } = await bridge.setUp()
  bridge.enrol('kitchen', homeId)
  const releases = createFirmwareStore({ db: bridge.store.db, clock: bridge.clock })
  const head = readBundleHead(bundleOf(payload))
  if (!head.ok) throw new Error(head.error.message)
  const manifest = v.parse(manifestSchema, JSON.parse(new TextDecoder().decode(head.value.manifestBytes)))
  const release_id = 'uploaded-at-the-gateway'
  releases.add({ releaseId: release_id, manifest, uploadedBy: 'ada', ...head.value })
  releases.change(release_id, { state: 'active', ring: 'all', percent: 100 })
  const params = { release_id }
  expect((await admin.call('listFirmware', {})).items).toMatchObject([{ release_id, state: 'active' }])
  bridge.report('kitchen', { firmware: '1.0.0', target: 'arm64' })
  expect(bridge.memory.sent.filter(({ kind }) => kind === 'update')).toEqual([])
  expect(await admin.refusal('changeFirmware', { params, body: { state: 'paused' } })).toBe('unavailable')
  expect(await admin.refusal('deleteFirmware', { params })).toBe('unavailable')
  expect(await admin.refusal('uploadFirmware', { body: bundleOf(payload) })).toBe('unavailable')
  const ring = { params: { device_id: 'kitchen' }, body: { ring: 'canary' as const } }
  expect(await admin.refusal('setFirmwareRing', ring)).toBe('unavailable')
  const body = { name: 'Release key', public_key: key.publicKey }
  expect(await admin.refusal('addFirmwareKey', { body })).toBe('unavailable')
  expect(await admin.refusal('removeFirmwareKey', { params: { key_id: 'any' } })).toBe('unavailable')
  await bridge.close()
})

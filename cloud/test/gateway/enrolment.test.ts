import {
  deriveDeviceSecret,
  enrolAnswerSchema,
  enrolledProof,
  newEnrolmentToken,
  newNonce,
} from '@mynah/shared/wire/enrolment.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createGateway } from './gateway-fixture.ts'

let gateway = createGateway()
gateway.close()
beforeEach(() => {
  gateway = createGateway()
})
afterEach(() => gateway.close())

const codeOf = async (response: Response): Promise<unknown> => ({
  status: response.status,
  type: response.headers.get('content-type'),
  code: v.parse(v.object({ error: v.object({ code: v.string() }) }), await response.json()).error.code,
})
const refusal = (status: number, code: string) => ({ status, code, type: 'application/problem+json' })

test('a token makes a speaker: both sides hold the same secret and prove it', async () => {
  const token = gateway.makeToken({ name: 'Kitchen', room: 'Ground floor', timeZone: 'Europe/Zurich' })
  const request = gateway.requestOf(token, 'kitchen')
  const response = await gateway.post(request)
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const answer = v.parse(enrolAnswerSchema, await response.json())
  expect(answer).toMatchObject({ mqtt: { url: 'mqtt://10.0.0.1:8783' }, udp: { host: '10.0.0.1', port: 8710 } })
  const claim = {
    tokenId: token.tokenId,
    deviceId: 'kitchen',
    deviceNonce: request.device_nonce,
    cloudNonce: answer.cloud_nonce,
  }
  expect(answer.proof).toBe(enrolledProof(token.secret, claim))
  expect(gateway.store.devices.find('kitchen')?.secret).toEqual(Buffer.from(deriveDeviceSecret(token.secret, claim)))
  expect(gateway.store.configs.latest('kitchen')?.config).toMatchObject({
    name: 'Kitchen',
    room: 'Ground floor',
    time_zone: 'Europe/Zurich',
    version: 1,
  })
  expect(gateway.enrolled).toEqual(['kitchen'])
})

test('the same speaker repeating itself within ten minutes gets the same answer, later it does not', async () => {
  const request = gateway.requestOf(gateway.makeToken(), 'kitchen')
  const first = await (await gateway.post(request)).json()
  await gateway.clock.advance(9 * 60_000)
  expect(await (await gateway.post(request)).json()).toEqual(first)
  expect(gateway.enrolled).toEqual(['kitchen'])
  await gateway.clock.advance(2 * 60_000)
  expect(await codeOf(await gateway.post(request))).toEqual(refusal(409, 'token_used'))
})

test('a token works once: another speaker or another nonce is refused', async () => {
  const token = gateway.makeToken()
  await gateway.post(gateway.requestOf(token, 'kitchen'))
  expect(await codeOf(await gateway.post(gateway.requestOf(token, 'bedroom')))).toEqual(refusal(409, 'token_used'))
  expect(await codeOf(await gateway.post(gateway.requestOf(token, 'kitchen')))).toEqual(refusal(409, 'token_used'))
  expect(gateway.store.devices.find('bedroom')).toBeUndefined()
})

test('of many that use a token at the same time one wins', async () => {
  const token = gateway.makeToken()
  const ids = Array.from({ length: 10 }, (_, index) => `speaker-${index}`)
  const answers = await Promise.all(ids.map((id) => gateway.post(gateway.requestOf(token, id))))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(gateway.store.devices.list()).toHaveLength(1)
})

test('an unknown token and a wrong proof look the same', async () => {
  const unknown = await codeOf(await gateway.post(gateway.requestOf(newEnrolmentToken(), 'kitchen')))
  const token = gateway.makeToken()
  const forged = { ...gateway.requestOf(token, 'kitchen'), device_nonce: newNonce() }
  expect(await codeOf(await gateway.post(forged))).toEqual(unknown)
  expect(unknown).toEqual(refusal(401, 'token_unknown'))
  expect((await gateway.post(gateway.requestOf(token, 'kitchen'))).status).toBe(200)
})

test('an expired token is refused', async () => {
  const token = gateway.makeToken({ validMs: 1_000 })
  await gateway.clock.advance(1_000)
  expect(await codeOf(await gateway.post(gateway.requestOf(token, 'kitchen')))).toEqual(refusal(410, 'token_expired'))
})

test('a fresh token cannot take over a speaker; one that was made for it can', async () => {
  await gateway.post(gateway.requestOf(gateway.makeToken(), 'kitchen'))
  const before = gateway.store.devices.find('kitchen')?.secret
  const stranger = gateway.requestOf(gateway.makeToken(), 'kitchen')
  expect(await codeOf(await gateway.post(stranger))).toEqual(refusal(403, 'device_exists'))
  expect(gateway.store.devices.find('kitchen')?.secret).toEqual(before)
  const renewal = gateway.makeToken({ forDeviceId: 'kitchen' })
  expect(await codeOf(await gateway.post(gateway.requestOf(renewal, 'bedroom')))).toEqual(refusal(401, 'token_unknown'))
  expect((await gateway.post(gateway.requestOf(renewal, 'kitchen'))).status).toBe(200)
  expect(gateway.store.devices.find('kitchen')?.secret).not.toEqual(before)
})

test('malformed requests are refused with the field at fault, without a stack or their content', async () => {
  const good = gateway.requestOf(gateway.makeToken(), 'kitchen')
  const bad = [
    '',
    '{',
    '[]',
    'null',
    '{}',
    { ...good, v: 2 },
    { ...good, device_id: '../etc' },
    { ...good, proof: 7 },
    { ...good, token_id: 'x'.repeat(500) },
  ]
  for (const body of bad.slice(0, 9)) {
    const response = await gateway.post(body)
    const text = await response.text()
    expect(response.status).toBe(400)
    expect(text).not.toMatch(/xxxx| at |node_modules/)
  }
})

test('a body that is too large is refused unread', async () => {
  const response = await gateway.post(JSON.stringify({ v: 1, padding: 'x'.repeat(100_000) }))
  expect(await codeOf(response)).toEqual(refusal(413, 'too_large'))
})

test('who tries again and again is told to wait', async () => {
  const request = gateway.requestOf(newEnrolmentToken(), 'kitchen')
  const statuses: number[] = []
  for (let attempt = 0; attempt < 25; attempt++) statuses.push((await gateway.post(request)).status)
  expect(statuses.slice(0, 20).every((status) => status === 401)).toBe(true)
  expect(statuses.slice(20).every((status) => status === 429)).toBe(true)
  await gateway.clock.advance(10_000)
  expect((await gateway.post(request)).status).toBe(401)
})

test('a speaker that comes from another home brings nothing of it along', async () => {
  const { store } = gateway
  const secret = new Uint8Array(32).fill(1)
  store.db
    .prepare("INSERT INTO homes (home_id, name, created_at) VALUES ('other', 'Other', '2026-01-01T00:00:00Z')")
    .run()
  store.devices.save({ deviceId: 'kitchen', homeId: 'other', secret })
  store.configs.add('kitchen', (version) => ({ v: 1, version, room: 'Bedroom of Ada', volume: 3 }))
  store.schedule.replace('kitchen', [
    { item_id: 'a', kind: 'alarm', fires_at: '2026-02-01T00:00:00Z', label: 'Doctor' },
  ])
  store.events.add('kitchen', { v: 1, type: 'button' })
  store.devices.revoke('kitchen')
  const token = gateway.makeToken({ forDeviceId: 'kitchen' })
  expect((await gateway.post(gateway.requestOf(token, 'kitchen'))).status).toBe(200)
  expect(store.configs.latest('kitchen')?.config).toEqual({ v: 1, version: 2 })
  expect([store.schedule.listAll().size, store.events.countOf('kitchen')]).toEqual([0, 0])
})

test('no speaker gets an id that belongs to browsers', async () => {
  const request = gateway.requestOf(gateway.makeToken(), 'browser-0123456789abcdef-1')
  expect(await codeOf(await gateway.post(request))).toEqual(refusal(403, 'device_id_reserved'))
  expect(gateway.store.devices.list()).toEqual([])
})

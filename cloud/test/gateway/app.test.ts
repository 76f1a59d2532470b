import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createGateway } from './gateway-fixture.ts'

let gateway = createGateway()
gateway.close()
beforeEach(() => {
  gateway = createGateway()
})
afterEach(() => gateway.close())

const get = (path: string, headers: Record<string, string> = {}) => gateway.app.request(path, { headers })
const signal = new AbortController().signal
const offer = (text: string) => gateway.oneTimeAudio.offer({ deviceId: 'kitchen', text, language: 'en' }, signal)
const secret = new Uint8Array(32).fill(5)
const bearer = { authorization: `Bearer kitchen:${mqttPasswordOf(secret)}` }
const enrolKitchen = () =>
  gateway.store.devices.save({ deviceId: 'kitchen', homeId: gateway.store.devices.defaultHomeId(), secret })

test('sound by URL is spoken when it is fetched, as a WAV', async () => {
  const path = await offer('hello')
  expect(gateway.script.calls).toBe(0)
  expect(path).toMatch(/^\/audio\/[A-Za-z0-9_-]{43}$/)
  const response = await get(path)
  expect(response.headers.get('content-type')).toBe('audio/wav')
  const wav = decodeWav(new Uint8Array(await response.arrayBuffer()))
  expect(wav).toMatchObject({ ok: true, value: { sampleRateHz: 16_000 } })
  expect(wav.ok && wav.value.samples.length).toBe(640)
  expect(wav.ok && wav.value.samples[0]).toBe(5)
})

test('sound by URL is there once', async () => {
  const path = await offer('hello')
  await (await get(path)).arrayBuffer()
  const second = await get(path)
  expect([second.status, await second.json()]).toMatchObject([410, { error: { code: 'audio_used' } }])
})

test('sound that nobody fetched within a minute is gone', async () => {
  const path = await offer('hello')
  await gateway.clock.advance(60_000)
  const late = await get(path)
  expect([late.status, await late.json()]).toMatchObject([410, { error: { code: 'audio_expired' } }])
  expect(gateway.clock.pendingTimers()).toBe(0)
})

test('a guessed token finds nothing', async () => {
  await offer('hello')
  expect((await get(`/audio/${'A'.repeat(43)}`)).status).toBe(404)
})

test.each([
  '/audio/',
  '/audio/..%2F..%2Fkeys%2Fmaster.key',
  '/audio/%2e%2e%2fmynah.sqlite3',
  '/audio/..%5C..%5Ckeys%5Cmaster.key',
  '/audio/%00',
  '/audio/%FF%FE',
  '/audio/__proto__',
  `/audio/${'x'.repeat(100_000)}`,
])('%.40s is no way to anything', async (path) => {
  const open = await offer('hello')
  const token = open.split('/').at(-1) ?? ''
  for (const tried of [path, `${open}/`, `${open}%00`, `${open}.wav`, `/audio//${token}`, `/audio/x/..%2F${token}`]) {
    const response = await get(tried)
    expect([response.status, response.headers.get('content-type')], tried).toEqual([404, 'application/problem+json'])
  }
  expect((await get(open)).status).toBe(200)
})

test('who only asks whether a sound is there does not take it', async () => {
  const path = await offer('hello')
  for (const method of ['HEAD', 'POST', 'PUT', 'DELETE']) {
    expect((await gateway.app.request(path, { method })).status, method).toBe(method === 'HEAD' ? 405 : 404)
  }
  expect(gateway.script.calls).toBe(0)
  expect((await get(path)).status).toBe(200)
})

test('when the voice fails the answer is a problem, not an empty file', async () => {
  const path = await offer('hello')
  gateway.script.fail = true
  const response = await get(path)
  expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'tts_unavailable' } }])
})

test('how the voice did is told when its sound is fetched, and nothing of a listener who goes away', async () => {
  const heard: unknown[] = []
  const stop = gateway.oneTimeAudio.onSpoken(({ deviceId }, outcome) => heard.push({ deviceId, ...outcome }))
  await (await get(await offer('hello'))).arrayBuffer()
  expect(heard).toEqual([{ deviceId: 'kitchen', ok: true }])

  gateway.script.fail = true
  await get(await offer('hello'))
  expect(heard.slice(1)).toEqual([{ deviceId: 'kitchen', ok: false, code: 'unavailable' }])

  gateway.script.fail = false
  const redeemed = gateway.oneTimeAudio.redeem((await offer('hello')).split('/').at(-1) ?? '')
  if (redeemed.type !== 'sound') throw new Error(redeemed.type)
  const leaving = new AbortController()
  for await (const { samples } of redeemed.synthesize(leaving.signal)) {
    expect(samples.length).toBeGreaterThan(0)
    leaving.abort()
  }
  stop()
  await (await get(await offer('hello'))).arrayBuffer()
  expect(heard).toHaveLength(2)
})

test('sounds that wait are bounded', async () => {
  for (let count = 0; count < 1_000; count++) await offer('hello')
  await expect(offer('one more')).rejects.toMatchObject({ stage: 'tts', code: 'refused' })
})

test('phrases are for speakers: made once, then read from disk, at 24 kHz', async () => {
  enrolKitchen()
  const path = '/device/phrases/en/no_network.wav'
  expect((await get(path)).status).toBe(401)
  expect((await get(path, { authorization: 'Bearer kitchen:wrong' })).status).toBe(401)
  const both = await Promise.all([get(path, bearer), get(path, bearer)])
  expect(both.map(({ status }) => status)).toEqual([200, 200])
  const wav = decodeWav(new Uint8Array(await (await get(path, bearer)).arrayBuffer()))
  expect(wav).toMatchObject({ ok: true, value: { sampleRateHz: 24_000 } })
  expect(gateway.script.calls).toBe(1)
})

test('what a speaker without an owner says needs no password, in both languages, and is bounded for an address', async () => {
  for (const name of ['claim_intro', 'claim_again', 'claim_done', 'digit_0', 'digit_9']) {
    for (const language of ['en', 'zh']) {
      expect((await get(`/device/phrases/${language}/${name}.wav`)).status, `${language} ${name}`).toBe(200)
    }
  }
  expect(gateway.script.calls).toBe(10)
  expect((await get('/device/phrases/en/digit_0.wav', { authorization: 'Bearer kitchen:wrong' })).status).toBe(401)
  for (let asked = 10; asked < 60; asked++) await get('/device/phrases/en/digit_1.wav')
  const tooMany = await get('/device/phrases/en/digit_1.wav')
  expect([tooMany.status, tooMany.headers.get('retry-after')]).toEqual([429, '2'])
})

test('a phrase that does not exist is not found, whatever its name', async () => {
  enrolKitchen()
  for (const path of [
    'en/nothing.wav',
    'fr/failed.wav',
    'en/failed.mp3',
    'en/..%2F..%2Fkeys.wav',
    'en/constructor.wav',
  ]) {
    expect((await get(`/device/phrases/${path}`, bearer)).status).toBe(404)
  }
})

test('a failed synthesis is not kept as a phrase', async () => {
  enrolKitchen()
  gateway.script.fail = true
  expect((await get('/device/phrases/zh/failed.wav', bearer)).status).toBe(503)
  gateway.script.fail = false
  expect((await get('/device/phrases/zh/failed.wav', bearer)).status).toBe(200)
})

test('health says which part is not ready', async () => {
  expect((await get('/health/live')).status).toBe(200)
  expect((await get('/health/ready')).status).toBe(200)
  gateway.readiness.broker = false
  const response = await get('/health/ready')
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { status: 'not_ready', parts: [{ name: 'broker', ready: false }] },
  ])
})

test('metrics count requests by route', async () => {
  await get('/health/live')
  await get('/no/such/place')
  const text = await (await get('/metrics')).text()
  expect(text).toContain('mynah_http_requests_total{route="/health/live",status="200"} 1')
  expect(text).toContain('mynah_http_requests_total{route="unknown",status="404"} 1')
})

test('the status page escapes what it shows and needs no script', async () => {
  const response = await get('/')
  const html = await response.text()
  expect(html).toContain('&lt;b&gt;mqtt&lt;/b&gt;')
  expect(html).not.toContain('<script')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})

test('the setup link is known by its token, and only the newest', async () => {
  const first = gateway.store.setup.renewToken()
  const second = gateway.store.setup.renewToken()
  expect((await get(`/setup/${second}`)).status).toBe(200)
  expect((await get(`/setup/${first}`)).status).toBe(404)
  await gateway.clock.advance(8 * 24 * 3_600_000)
  expect((await get(`/setup/${second}`)).status).toBe(410)
})

test('what is not there is a problem document', async () => {
  const response = await get('/api/nothing')
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
})

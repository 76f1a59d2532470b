import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import {
  deriveDeviceSecret,
  type EnrolRequest,
  enrolledProof,
  enrolmentProof,
  formatEnrolmentToken,
  newEnrolmentToken,
  newNonce,
} from '@mynah/shared/wire/enrolment.ts'
import { describe, expect, it } from 'vitest'
import { enrol } from '../../src/link/enrolment.ts'

const token = newEnrolmentToken()

/** The cloud's side of the handshake, as docs/protocol.md has it. */
const answerAs = (secret: Uint8Array, request: EnrolRequest) => {
  const claim = { tokenId: request.token_id, deviceId: request.device_id, deviceNonce: request.device_nonce }
  const cloudNonce = newNonce()
  return {
    proved: request.proof === enrolmentProof(secret, claim),
    deviceSecret: deriveDeviceSecret(secret, { ...claim, cloudNonce }),
    body: {
      v: 1,
      cloud_nonce: cloudNonce,
      mqtt: { url: 'mqtt://cloud.test:1883' },
      udp: { host: 'cloud.test', port: 4000 },
      proof: enrolledProof(secret, { ...claim, cloudNonce }),
    },
  }
}

const enrolWith = async (fetch: typeof globalThis.fetch, text = formatEnrolmentToken(token)) => {
  const clock = createManualClock()
  const request = { cloudUrl: 'http://cloud.test', token: text, deviceId: 'kitchen' }
  const outcome = enrol(request, { clock, log: silentLog, random: () => 0.5, fetch }, new AbortController().signal)
  await clock.advance(60_000)
  return outcome
}
const jsonOf = (status: number, body: unknown) => async () => new Response(JSON.stringify(body), { status })

describe('enrolment', () => {
  it('gives both sides the same secret, and the speaker its addresses', async () => {
    let cloudSecret: Uint8Array | undefined
    const outcome = await enrolWith(async (url, init) => {
      expect(String(url)).toBe('http://cloud.test/api/enrol')
      const answer = answerAs(token.secret, JSON.parse(String(init?.body)))
      expect(answer.proved).toBe(true)
      cloudSecret = answer.deviceSecret
      return new Response(JSON.stringify(answer.body))
    })
    if (!outcome.ok) throw new Error(outcome.error.message)
    expect(outcome.value).toEqual({
      deviceId: 'kitchen',
      deviceSecret: cloudSecret,
      cloudUrl: 'http://cloud.test',
      mqttUrl: 'mqtt://cloud.test:1883',
      udp: { host: 'cloud.test', port: 4000 },
    })
  })
  it('tries again with the same nonce when the cloud is not there yet', async () => {
    const nonces: string[] = []
    const outcome = await enrolWith(async (_url, init) => {
      const request: EnrolRequest = JSON.parse(String(init?.body))
      nonces.push(request.device_nonce)
      if (nonces.length === 1) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
      if (nonces.length === 2) return new Response('starting', { status: 503 })
      return new Response(JSON.stringify(answerAs(token.secret, request).body))
    })
    expect(outcome.ok).toBe(true)
    expect(new Set(nonces).size).toBe(1)
    expect(nonces).toHaveLength(3)
  })
  it('gives up after six attempts and says why', async () => {
    const outcome = await enrolWith(async () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    })
    expect(outcome).toMatchObject({ ok: false, error: { code: 'unreachable' } })
    expect(!outcome.ok && outcome.error.message).toContain('ECONNREFUSED')
  })
  it('refuses a cloud that cannot prove that it knows the token', async () => {
    const outcome = await enrolWith(async (_url, init) => {
      const stranger = newEnrolmentToken()
      return new Response(JSON.stringify(answerAs(stranger.secret, JSON.parse(String(init?.body))).body))
    })
    expect(outcome).toMatchObject({ ok: false, error: { code: 'wrong_cloud' } })
  })
  it('tells a used, an expired and an unknown token from each other', async () => {
    const codeOf = async (status: number, body: unknown) => {
      const outcome = await enrolWith(jsonOf(status, body))
      return outcome.ok ? 'enrolled' : outcome.error.code
    }
    expect(await codeOf(409, { error: { code: 'token_used', message: 'used' } })).toBe('token_used')
    expect(await codeOf(410, { error: { code: 'token_expired' } })).toBe('token_expired')
    expect(await codeOf(410, 'no json of ours')).toBe('token_expired')
    expect(await codeOf(401, { error: { code: 'token_unknown' } })).toBe('token_unknown')
    expect(await codeOf(404, '<html>')).toBe('wrong_cloud')
    expect(await codeOf(200, { hello: 'world' })).toBe('wrong_cloud')
  })
  it('says in the words of the cloud what else is wrong', async () => {
    const outcome = await enrolWith(
      jsonOf(403, { error: { code: 'device_exists', message: 'A speaker with this id exists.' } }),
    )
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'refused', message: 'the cloud refuses: A speaker with this id exists.' },
    })
  })
  it('refuses a mistyped token without asking anybody', async () => {
    const outcome = await enrolWith(async () => {
      throw new Error('must not be called')
    }, 'mynah1.abc')
    expect(outcome).toMatchObject({ ok: false, error: { code: 'bad_token' } })
  })
})

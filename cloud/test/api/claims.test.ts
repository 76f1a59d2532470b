import { parseEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import { movedProof, movedQuestionProof } from '@mynah/shared/wire/moved-cloud.ts'
import { standingProof, standingQuestionProof } from '@mynah/shared/wire/standing.ts'
import { describe, expect, test } from 'vitest'
import type { Browser } from './api-fixture.ts'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest()

const ask = (deviceId: string, language?: 'en' | 'zh') =>
  api.fixture.browser().call('requestClaimCode', { body: { v: 1, device_id: deviceId, ...(language && { language }) } })
const poll = (pollToken: string) =>
  api.fixture.browser().refusal('pollClaimCode', { body: { v: 1, poll_token: pollToken } })
const polled = (pollToken: string) =>
  api.fixture.browser().call('pollClaimCode', { body: { v: 1, poll_token: pollToken } })
const claim = (code: string, who: Browser = api.admin) =>
  who.refusal('claimDevice', { params: { home_id: api.homeId }, body: { code, name: 'Attic' } })
/** A code that nobody says. */
const wrong = (taken: string, nth: number) => String((Number(taken) + nth) % 1_000_000).padStart(6, '0')

describe('a code', () => {
  test('gives its speaker one token for itself, with the name and the language it gets', async () => {
    const asked = await ask('attic', 'zh')
    expect((await polled(asked.poll_token)).state).toBe('waiting')
    expect(await claim(asked.code)).toBe('ok')
    const first = await polled(asked.poll_token)
    expect(await polled(asked.poll_token)).toEqual(first)
    const token = parseEnrolmentToken(first.token ?? '')
    if (!token.ok) throw new Error(token.error.message)
    const stored = api.fixture.store.enrolment.find(token.value.tokenId)
    expect(stored).toMatchObject({ forDeviceId: 'attic', name: 'Attic', language: 'zh', homeId: api.homeId })
    const audit = await api.admin.call('listAudit', { params: { home_id: api.homeId }, query: {} })
    expect(audit.items.map(({ action }) => action)).toContain('device_claimed')
  })

  test('works once and for ten minutes', async () => {
    const used = await ask('attic')
    expect([await claim(used.code), await claim(used.code)]).toEqual(['ok', 'code_unknown'])
    const late = await ask('cellar')
    await api.fixture.clock.advance(599_000)
    expect(await poll(late.poll_token)).toBe('ok')
    await api.fixture.clock.advance(1_001)
    const again = await api.signInAgain()
    expect([await poll(late.poll_token), await claim(late.code, again)]).toEqual(['code_unknown', 'code_unknown'])
  })

  test('leaves ten more minutes to fetch the token when it is typed in the last moment', async () => {
    const asked = await ask('attic')
    await api.fixture.clock.advance(595_000)
    expect(await claim(asked.code)).toBe('ok')
    await api.fixture.clock.advance(300_000)
    expect((await polled(asked.poll_token)).state).toBe('claimed')
  })

  test('tells nothing of a speaker that is enrolled, in this home or another', async () => {
    api.fixture.enrol('kitchen', api.homeId)
    const asked = await ask('kitchen')
    expect(await claim(asked.code)).toBe('code_unknown')
    expect(api.fixture.store.db.prepare('SELECT count(*) AS n FROM enrolment_tokens').get()).toEqual({ n: 0 })
    expect(await poll(asked.poll_token)).toBe('code_unknown')
  })

  test('is gone with its token when the admin takes that back', async () => {
    const asked = await ask('attic')
    await claim(asked.code)
    const [token] = (await api.admin.call('listEnrolmentTokens', { params: { home_id: api.homeId } })).items
    await api.admin.call('revokeEnrolmentToken', { params: { home_id: api.homeId, token_id: token?.token_id ?? '' } })
    expect(await poll(asked.poll_token)).toBe('code_unknown')
  })
})

describe('guessing', () => {
  test('five wrong codes stop a person, even with the right one, for a minute', async () => {
    const asked = await ask('attic')
    for (let nth = 1; nth <= 5; nth++) expect(await claim(wrong(asked.code, nth))).toBe('code_unknown')
    expect(await claim(asked.code)).toBe('rate_limited')
    await api.fixture.clock.advance(60_001)
    expect(await claim(asked.code)).toBe('ok')
  })

  test('right codes cost nothing', async () => {
    for (let nth = 0; nth < 12; nth++) expect(await claim((await ask(`room-${nth}`)).code)).toBe('ok')
  })

  test('many persons together get no further than fifty', async () => {
    const asked = await ask('attic')
    const answers: string[] = []
    for (let person = 0; person < 11; person++) {
      const guest = await api.fixture.invite(api.admin, api.homeId, 'admin', `guest-${person}`)
      for (let nth = 1; nth <= 5; nth++) answers.push(await claim(wrong(asked.code, person * 5 + nth), guest))
    }
    expect(answers.filter((answer) => answer === 'code_unknown')).toHaveLength(50)
    expect(answers.at(-1)).toBe('rate_limited')
    expect(await claim(asked.code)).toBe('rate_limited')
  }, 60_000)

  test('a guessed poll token finds nothing', async () => {
    await ask('attic')
    expect(await poll('A'.repeat(43))).toBe('code_unknown')
  })
})

describe('the standing of a speaker', () => {
  const secret = new Uint8Array(32).fill(7)
  const question = { deviceId: 'kitchen', nonce: 'N'.repeat(22) }
  const askStanding = (proof: string, deviceId = 'kitchen') =>
    api.fixture.browser().client.call('askStanding', {
      body: { v: 1, device_id: deviceId, nonce: question.nonce, proof },
    })

  test('is told to who holds its secret, with a proof: enrolled, and released once its owner has parted from it', async () => {
    api.fixture.enrol('kitchen', api.homeId)
    const proof = standingQuestionProof(secret, question)
    for (const standing of ['enrolled', 'released'] as const) {
      const value = { v: 1, standing, proof: standingProof(secret, question, standing) }
      expect(await askStanding(proof)).toMatchObject({ ok: true, value })
      await api.admin.refusal('unclaimDevice', { params: { device_id: 'kitchen' } })
    }
  })

  test("is nobody else's business: a wrong proof and a speaker that is not there sound alike", async () => {
    api.fixture.enrol('kitchen', api.homeId)
    const stranger = standingQuestionProof(new Uint8Array(32).fill(8), question)
    const [wrongProof, unknown] = [await askStanding(stranger), await askStanding(stranger, 'cellar')]
    expect(wrongProof).toMatchObject({ ok: false, error: { problem: { status: 401, code: 'unauthenticated' } } })
    expect(JSON.stringify(unknown)).toBe(JSON.stringify(wrongProof))
  })
})

describe('a cloud that has another address', () => {
  const secret = new Uint8Array(32).fill(7)
  const place = { mqttUrl: 'mqtt://192.168.1.30:8783', udp: { host: '192.168.1.30', port: 8710 } }
  const askMoved = (key: Uint8Array, { deviceId = 'kitchen', url = 'http://192.168.1.30:8700' } = {}) => {
    const question = { deviceId, nonce: 'N'.repeat(22), url }
    const proof = movedQuestionProof(key, question)
    const body = { v: 1 as const, device_id: deviceId, nonce: question.nonce, url, proof }
    return api.fixture.browser().client.call('askMoved', { body })
  }

  test('tells its own speaker where everything is, with a proof that holds for this address', async () => {
    api.fixture.enrol('kitchen', api.homeId)
    const question = { deviceId: 'kitchen', nonce: 'N'.repeat(22), url: 'http://192.168.1.30:8700' }
    expect(await askMoved(secret)).toMatchObject({
      ok: true,
      value: { v: 1, mqtt: { url: place.mqttUrl }, udp: place.udp, proof: movedProof(secret, question, place) },
    })
  })

  test('tells nobody else: a wrong proof, a speaker that is not there and one without an owner sound alike', async () => {
    api.fixture.enrol('kitchen', api.homeId)
    const stranger = new Uint8Array(32).fill(8)
    const [wrongProof, unknown] = [await askMoved(stranger), await askMoved(stranger, { deviceId: 'cellar' })]
    expect(wrongProof).toMatchObject({ ok: false, error: { problem: { status: 401, code: 'unauthenticated' } } })
    expect(JSON.stringify(unknown)).toBe(JSON.stringify(wrongProof))
    await api.admin.refusal('unclaimDevice', { params: { device_id: 'kitchen' } })
    expect(JSON.stringify(await askMoved(secret))).toBe(JSON.stringify(wrongProof))
  })

  test('does not answer for an address of somebody who passes the question on', async () => {
    api.fixture.enrol('kitchen', api.homeId)
    expect(await askMoved(secret, { url: 'http://192.168.1.66:8700' })).toMatchObject({
      ok: false,
      error: { problem: { status: 404, code: 'not_found' } },
    })
  })
})

describe('asking for codes', () => {
  test('is bounded for an address', async () => {
    const codes = new Set<string>()
    for (let nth = 0; nth < 20; nth++) codes.add((await ask(`room-${nth}`)).code)
    expect(codes.size).toBe(20)
    const refusal = await api.fixture.browser().refusal('requestClaimCode', { body: { v: 1, device_id: 'one-more' } })
    expect(refusal).toBe('rate_limited')
  })
})

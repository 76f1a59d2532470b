import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApiFixture, password } from './api-fixture.ts'

let fixture: ReturnType<typeof createApiFixture>
beforeEach(() => {
  fixture = createApiFixture()
})
afterEach(() => fixture.close())

describe('the first login', () => {
  test('makes the first person admin of the home that speakers join', async () => {
    const { session, homeId } = await fixture.setUp()
    expect(session.me).toMatchObject({ login: 'ada', is_system_admin: true, homes: [{ name: 'Casa', role: 'admin' }] })
    expect(homeId).toBe(fixture.store.devices.defaultHomeId())
  })

  test('works once', async () => {
    const token = fixture.store.setup.renewToken() ?? ''
    const body = { token, login: 'ada', password, home_name: 'Casa' }
    const both = await Promise.all([
      fixture.browser().refusal('setUp', { body }),
      fixture.browser().refusal('setUp', { body }),
    ])
    expect(both.sort()).toEqual(['link_used', 'ok'])
    expect(await fixture.browser().refusal('setUp', { body })).toBe('already_set_up')
    expect(await fixture.browser().call('getSetup', {})).toEqual({ needed: false })
  })

  test('refuses a link that was guessed', async () => {
    const body = { token: 'A'.repeat(32), login: 'ada', password, home_name: 'Casa' }
    expect(await fixture.browser().refusal('setUp', { body })).toBe('link_unknown')
  })
})

describe('a login', () => {
  test('says the same of an unknown person and a wrong password', async () => {
    await fixture.setUp()
    const browser = fixture.browser()
    const answers = await Promise.all(
      ['ada', 'nobody'].map((login) => browser.client.call('logIn', { body: { login, password: 'wrong' } })),
    )
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]).toMatchObject({ error: { problem: { code: 'wrong_credentials', status: 401 } } })
  })

  test('is refused for a while after six wrong passwords, also when they come at once', async () => {
    await fixture.setUp()
    const browser = fixture.browser()
    const guesses = Array.from({ length: 12 }, (_, n) =>
      browser.refusal('logIn', { body: { login: 'ada', password: `wrong ${n}` } }),
    )
    const codes = await Promise.all(guesses)
    expect(codes.filter((code) => code === 'wrong_credentials')).toHaveLength(6)
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(6)
    const response = await fixture.raw('logIn', { body: { login: 'ada', password } })
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    await fixture.clock.advance(31_000)
    expect(await browser.refusal('logIn', { body: { login: 'ada', password } })).toBe('ok')
  })

  test('is renewed by its cookie, which scripts and other sites cannot use', async () => {
    const { admin } = await fixture.setUp()
    const before = admin.kept.cookie
    const response = await admin.fetch('/api/session/refresh', { method: 'POST', headers: { 'x-mynah-request': '1' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/)
    expect(admin.kept.cookie).not.toBe(before)
  })

  test('ends whole when a refresh token comes a second time', async () => {
    const { admin } = await fixture.setUp()
    const thief = fixture.browser()
    thief.kept.cookie = admin.kept.cookie
    expect((await thief.client.renew()).ok).toBe(true)
    expect(await admin.client.renew()).toMatchObject({ ok: false, error: { problem: { code: 'session_ended' } } })
    expect(await thief.client.renew()).toMatchObject({ ok: false, error: { problem: { code: 'session_ended' } } })
    expect(await thief.refusal('getMe', {})).toBe('unauthenticated')
    const audit = fixture.store.audit.list(10).map(({ action }) => action)
    expect(audit).toContain('refresh_reused')
  })

  test('ends everywhere at once', async () => {
    const { admin } = await fixture.setUp()
    const phone = fixture.browser()
    await phone.signIn('ada')
    await phone.call('getMe', {})
    await admin.call('logOutEverywhere', {})
    expect(await phone.refusal('getMe', {})).toBe('unauthenticated')
    expect(await admin.refusal('getMe', {})).toBe('unauthenticated')
  })

  test('runs out after ten minutes and is renewed without a word', async () => {
    const { admin } = await fixture.setUp()
    await fixture.clock.advance(11 * 60_000)
    const token = admin.kept.token
    expect((await admin.call('getMe', {})).login).toBe('ada')
    expect(admin.kept.token).not.toBe(token)
  })

  test('of others ends when the password is changed', async () => {
    const { admin } = await fixture.setUp()
    const phone = fixture.browser()
    await phone.signIn('ada')
    await admin.call('changePassword', { body: { current_password: password, new_password: 'another password' } })
    expect(await phone.refusal('getMe', {})).toBe('unauthenticated')
    expect(await admin.refusal('getMe', {})).toBe('ok')
    expect(await fixture.browser().refusal('logIn', { body: { login: 'ada', password } })).toBe('wrong_credentials')
  })

  test('asks for the second factor, takes each code once, and a recovery code instead', async () => {
    const { admin } = await fixture.setUp()
    const { secret } = await admin.call('startTotp', { body: { password } })
    const codeNow = () =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: fixture.clock.wallTime().getTime() })
    const { recovery_codes } = await admin.call('confirmTotp', { body: { code: codeNow() } })
    const attempt = (totp?: string) =>
      fixture.browser().refusal('logIn', { body: { login: 'ada', password, ...(totp !== undefined && { totp }) } })
    expect(await attempt()).toBe('totp_required')
    expect(await attempt(codeNow())).toBe('wrong_totp')
    await fixture.clock.advance(30_000)
    const code = codeNow()
    expect(await attempt(code)).toBe('ok')
    expect(await attempt(code)).toBe('wrong_totp')
    const [recovery = ''] = recovery_codes
    expect(await attempt(recovery)).toBe('ok')
    expect(await attempt(recovery)).toBe('wrong_totp')
  })
})

describe('homes', () => {
  test('take members by an invitation that works once', async () => {
    const { admin, homeId } = await fixture.setUp()
    const invitation = await admin.call('createInvitation', { params: { home_id: homeId }, body: { role: 'viewer' } })
    const body = { token: invitation.token, login: 'eve', password }
    const session = await fixture.browser().call('acceptInvitation', { body })
    expect(session.me.homes).toEqual([{ home_id: homeId, name: 'Casa', role: 'viewer' }])
    expect(await fixture.browser().refusal('acceptInvitation', { body: { ...body, login: 'mallory' } })).toBe(
      'link_used',
    )
  })

  test('a taken login leaves the invitation open', async () => {
    const { admin, homeId } = await fixture.setUp()
    const { token } = await admin.call('createInvitation', { params: { home_id: homeId }, body: { role: 'member' } })
    expect(await fixture.browser().refusal('acceptInvitation', { body: { token, login: 'ada', password } })).toBe(
      'login_taken',
    )
    expect(await fixture.browser().refusal('acceptInvitation', { body: { token, login: 'bob', password } })).toBe('ok')
  })

  test('keep one admin', async () => {
    const { admin, homeId, session } = await fixture.setUp()
    const params = { home_id: homeId, person_id: session.me.person_id }
    expect(await admin.refusal('updateMember', { params, body: { role: 'viewer' } })).toBe('last_admin')
    expect(await admin.refusal('leaveHome', { params: { home_id: homeId } })).toBe('last_admin')
    expect(await admin.refusal('deleteMe', { body: { password } })).toBe('last_admin')
  })

  test('a changed role holds from the next request on', async () => {
    const { admin, homeId } = await fixture.setUp()
    const bob = await fixture.invite(admin, homeId, 'viewer', 'bob')
    expect(await bob.refusal('updateHome', { params: { home_id: homeId }, body: { name: 'Mine' } })).toBe('forbidden')
    const { person_id } = await bob.call('getMe', {})
    await admin.call('updateMember', { params: { home_id: homeId, person_id }, body: { role: 'admin' } })
    expect(await bob.refusal('updateHome', { params: { home_id: homeId }, body: { name: 'Ours' } })).toBe('ok')
  })

  test('have a log of what was done, in pages', async () => {
    const { admin, homeId } = await fixture.setUp()
    for (const name of ['A', 'B', 'C']) await admin.call('updateHome', { params: { home_id: homeId }, body: { name } })
    const first = await admin.call('listAudit', { params: { home_id: homeId }, query: { limit: 2 } })
    const second = await admin.call('listAudit', {
      params: { home_id: homeId },
      query: { limit: 2, ...(first.next_cursor !== null && { cursor: first.next_cursor }) },
    })
    expect([...first.items, ...second.items].map(({ action }) => action)).toEqual([
      'home_changed',
      'home_changed',
      'home_changed',
      'set_up',
    ])
    expect(second.next_cursor).toBeNull()
  })
})

describe('API tokens', () => {
  test('may what their scopes say and nothing about the account', async () => {
    const { admin } = await fixture.setUp()
    const { token, token_id } = await admin.call('createApiToken', {
      body: { name: 'script', scopes: ['devices:read'] },
    })
    const script = fixture.browser()
    script.kept.token = token
    expect(await script.refusal('listDevices', {})).toBe('ok')
    expect(await script.refusal('listTurns', {})).toBe('scope_missing')
    expect(
      await script.refusal('changePassword', { body: { current_password: password, new_password: password } }),
    ).toBe('scope_missing')
    await admin.call('revokeApiToken', { params: { token_id } })
    expect(await script.refusal('listDevices', {})).toBe('unauthenticated')
  })
})

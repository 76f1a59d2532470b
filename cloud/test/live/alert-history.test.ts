import type { RequestOf } from '@mynah/shared/api/contract.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Browser, createApiFixture } from '../api/api-fixture.ts'

let fixture: ReturnType<typeof createApiFixture>
let admin: Browser
let homeId: string
beforeEach(async () => {
  fixture = createApiFixture()
  const made = await fixture.setUp()
  admin = made.admin
  homeId = made.homeId
  fixture.enrol('kitchen', homeId)
  fixture.report('kitchen')
})
afterEach(() => fixture.close())

const minuteMs = 60_000
const nowText = () => fixture.clock.wallTime().toISOString()
const history = async (browser: Browser, query: RequestOf<'listAlertHistory'>['query'] = {}) =>
  (await browser.call('listAlertHistory', { query })).items
const kindsOf = async (browser: Browser, query: RequestOf<'listAlertHistory'>['query'] = {}) =>
  (await history(browser, query)).map(({ kind }) => kind)
const say = (code: string, type: 'update_state' | 'error' = 'update_state') =>
  fixture.memory.receive({ deviceId: 'kitchen', kind: 'event', message: { v: 1, type, code, message: 'what it says' } })

describe('what went wrong during the night', () => {
  test('a speaker that went and came back stands there with both times', async () => {
    fixture.report('kitchen', { online: false })
    const wentAt = nowText()
    const gone = { home_id: homeId, device_id: 'kitchen', kind: 'offline', severity: 'warning', at: wentAt }
    expect(await history(admin)).toMatchObject([{ ...gone, ended_at: null }])
    await fixture.clock.advance(10 * minuteMs)
    fixture.report('kitchen')
    expect(await history(admin)).toMatchObject([{ ...gone, ended_at: nowText() }])
  })

  test('so do a speaker that got too hot, an engine that failed, a release that did not go on, an alarm that was missed', async () => {
    fixture.report('kitchen', { temperature_c: 84 })
    fixture.report('kitchen', { temperature_c: 86 })
    fixture.addTurn({ homeId, failure: { stage: 'llm', code: 'refused' } })
    say('verified')
    say('rolled_back')
    say('schedule_missed', 'error')
    const items = await history(admin)
    expect(
      items.map(({ kind, detail, ended_at: ended }) => ({ kind, code: detail.code, lasts: ended === null })),
    ).toEqual([
      { kind: 'speaker_error', code: 'schedule_missed', lasts: false },
      { kind: 'update', code: 'rolled_back', lasts: false },
      { kind: 'provider_failed', code: 'refused', lasts: true },
      { kind: 'hot', code: undefined, lasts: true },
    ])
    expect(items.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'warning', 'critical'])
    expect(items.at(-1)?.detail).toEqual({ temperature_c: 84 })
  })

  test('what began in the evening and lasted into the night is part of the night', async () => {
    fixture.report('kitchen', { online: false })
    await fixture.clock.advance(60 * minuteMs)
    const nightfall = nowText()
    await fixture.clock.advance(60 * minuteMs)
    fixture.report('kitchen')
    const dawn = nowText()
    await fixture.clock.advance(minuteMs)
    say('damaged')
    expect(await kindsOf(admin, { since: nightfall, until: dawn })).toEqual(['offline'])
    expect(await kindsOf(admin, { since: nightfall })).toEqual(['update', 'offline'])
    // The same moment, as another time zone writes it.
    const elsewhere = nowText().replace('T10:01:00.000Z', 'T12:01:00.000+02:00')
    expect(elsewhere).toContain('+02:00')
    expect(await kindsOf(admin, { since: elsewhere })).toEqual(['update'])
    expect(await kindsOf(admin, { until: nightfall, kind: 'update' })).toEqual([])
    expect(await admin.refusal('listAlertHistory', { query: { since: 'yesterday' } })).toBe('bad_request')
    expect(await admin.refusal('listAlertHistory', { query: { since: '2026-01-01T00:00:00+01' } })).toBe('bad_request')
  })

  test('it comes in pages, newest first, each alert once', async () => {
    for (let count = 0; count < 5; count++) say(`fault_${count}`, 'error')
    const codes: unknown[] = []
    let cursor: string | undefined
    do {
      const page = await admin.call('listAlertHistory', { query: { limit: 2, cursor } })
      codes.push(...page.items.map(({ detail }) => detail.code))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(codes).toEqual(['fault_4', 'fault_3', 'fault_2', 'fault_1', 'fault_0'])
  })

  test('a speaker that is parted from is no longer away', async () => {
    fixture.report('kitchen', { online: false })
    await admin.call('unclaimDevice', { params: { device_id: 'kitchen' } })
    expect((await history(admin)).map(({ ended_at: ended }) => ended)).toEqual([nowText()])
  })
})

describe('who sees it', () => {
  test('the people of the home, and nobody else', async () => {
    const other = await admin.call('createHome', { body: { name: 'Elsewhere' } })
    const viewer = await fixture.invite(admin, homeId, 'viewer', 'vera')
    const stranger = await fixture.invite(admin, other.home_id, 'admin', 'sam')
    fixture.report('kitchen', { online: false })
    expect(await kindsOf(viewer)).toEqual(['offline'])
    expect(await kindsOf(stranger)).toEqual([])
    expect(await stranger.refusal('listAlertHistory', { query: { home_id: homeId } })).toBe('not_found')
    expect(await kindsOf(admin, { home_id: other.home_id })).toEqual([])
  })

  test('a disk that is almost full is for who runs the cloud, with a token that may read of it', async () => {
    const viewer = await fixture.invite(admin, homeId, 'admin', 'ann')
    fixture.disk.freeBytes = 400_000_000
    await fixture.clock.advance(minuteMs)
    fixture.disk.freeBytes = 700_000_000
    await fixture.clock.advance(minuteMs)
    const [alert] = await history(admin, { home_id: homeId })
    const diskNow = async () => {
      const { status, parts } = await admin.call('getHealth', {})
      return [status, parts.find(({ name }) => name === 'disk')]
    }
    const free = (bytes: number) => ({ free_bytes: bytes })
    expect(await diskNow()).toMatchObject(['ready', { ready: true, facts: free(700_000_000) }])
    fixture.disk.freeBytes = 499_999_999
    expect(await diskNow()).toMatchObject(['not_ready', { ready: false, facts: free(499_999_999) }])
    fixture.disk.freeBytes = 700_000_000
    const expected = { home_id: null, device_id: null, kind: 'low_disk', severity: 'critical', ended_at: null }
    expect(alert).toMatchObject({ ...expected, detail: { free_bytes: 400_000_000 } })
    expect(await history(viewer)).toEqual([])
    for (const [scope, count] of [
      ['devices:read', 0],
      ['system:read', 1],
    ] as const) {
      const { token } = await admin.call('createApiToken', { body: { name: scope, scopes: ['devices:read', scope] } })
      const script = fixture.browser()
      script.kept.token = token
      expect(await history(script), scope).toHaveLength(count)
    }
    fixture.disk.freeBytes = 2_000_000_000
    await fixture.clock.advance(minuteMs)
    expect((await history(admin)).map(({ ended_at: ended }) => ended)).toEqual([nowText()])
  })
})

const longAgo = { kind: 'update', subject: 'kitchen', deviceId: 'kitchen', severity: 'warning', detail: {} } as const

/** All that an alert may tell of: speakers, engines, the disk, who never came back, and what is too old to be kept. */
const badNight = async (role: 'gateway' | 'bridge') => {
  const beside = createApiFixture(role)
  const made = await beside.setUp()
  beside.enrol('kitchen', made.homeId)
  const { alerts, db } = beside.store
  const { alertId } = alerts.note({ homeId: made.homeId, ...longAgo })
  db.prepare('UPDATE alerts SET ended_at = ? WHERE alert_id = ?').run('2020-01-01T00:00:00.000Z', alertId)
  beside.report('kitchen', { temperature_c: 84 })
  const message = { v: 1, type: 'error', code: 'schedule_missed' } as const
  beside.memory.receive({ deviceId: 'kitchen', kind: 'event', message })
  beside.addTurn({ homeId: made.homeId, failure: { stage: 'llm', code: 'refused' } })
  beside.disk.freeBytes = 400_000_000
  await beside.clock.advance(minuteMs)
  beside.report('kitchen', { online: false })
  await beside.clock.advance(60 * minuteMs)
  const kinds = (await kindsOf(made.admin)).sort()
  await beside.close()
  return kinds
}

test('of gateway and bridge, which hear the same speakers, one keeps each alert and one deletes it when it is old', async () => {
  expect(await badNight('bridge')).toEqual(['provider_failed', longAgo.kind])
  // No turn ends at a real gateway; the one of this test does.
  expect(await badNight('gateway')).toEqual(['hot', 'low_disk', 'offline', 'provider_failed', 'speaker_error'])
})

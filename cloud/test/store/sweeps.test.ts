import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApiStores } from '../../src/store/api-stores.ts'
import { temporaryStore } from '../temporary-store.ts'

const dayMs = 86_400_000
const { signal } = new AbortController()
const clock = createManualClock()
let fixture: ReturnType<typeof temporaryStore>
const open = () => {
  const { db, sealer, sounds } = fixture.store
  return createApiStores({ db, sealer, sounds, clock })
}
let stores: ReturnType<typeof open>
beforeEach(() => {
  fixture = temporaryStore(clock)
  stores = open()
})
afterEach(() => fixture.close())

const rowsOf = (table: string): number =>
  fixture.store.db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0

let turnNumber = 0
const addTurns = (count: number, deviceId: string, homeId: string) =>
  fixture.store.atOnce(() => {
    for (let index = 0; index < count; index++) {
      const turn = { sessionId: `turn-${turnNumber++}`, conversationId: 'talk', deviceId }
      const at = clock.wallTime()
      fixture.store.turns.open({ ...turn, homeId, trigger: 'button', language: 'en', startedAt: at })
      const said = { heardText: '', replyText: '', heardReplyText: '', toolsCalled: [], timings: {} }
      fixture.store.turns.close({ ...turn, ...said, endedAt: at, outcome: 'completed' })
    }
  })

describe('turns', () => {
  test('are deleted slice by slice, and others have a turn in between', async () => {
    addTurns(120, 'kitchen', 'home')
    const removing = stores.archive.remove({ homeId: 'home' })
    expect(rowsOf('turns')).toBe(70)
    await clock.advance(0)
    expect(await removing).toBe(120)
    expect(rowsOf('turns')).toBe(0)
  })

  test('are kept as long as their speaker, else their home, wants it', async () => {
    const { retention, devices } = fixture.store
    const homeId = devices.defaultHomeId()
    devices.save({ deviceId: 'kitchen', homeId, secret: new Uint8Array(32) })
    retention.setHome(homeId, { keepDays: 30, keepSound: false })
    retention.setDevice({ deviceId: 'kitchen', homeId }, { keepDays: 90, keepSound: null })
    for (const deviceId of ['kitchen', 'bath']) addTurns(60, deviceId, homeId)
    await clock.advance(40 * dayMs)
    for (const deviceId of ['kitchen', 'bath']) addTurns(1, deviceId, homeId)
    const sweeping = stores.archive.sweep(signal)
    await clock.advance(0)
    expect(await sweeping).toBe(60)
    expect([stores.archive.countOfDevice('kitchen', homeId), stores.archive.countOfDevice('bath', homeId)]).toEqual([
      61, 1,
    ])
  })

  test('of a home whose deletion a restart cut short are deleted by the next sweep', async () => {
    const homeId = fixture.store.devices.defaultHomeId()
    const { home_id: gone } = stores.homes.add({ name: 'Cabin' })
    addTurns(3, 'kitchen', homeId)
    addTurns(60, 'browser-one', gone)
    expect(stores.homes.remove(gone)).toBe(true)
    const sweeping = stores.archive.sweep(signal)
    await clock.advance(0)
    expect(await sweeping).toBe(60)
    expect(rowsOf('turns')).toBe(3)
  })
})

test('a login that is used for months keeps no more tokens than those of a month', async () => {
  const person = stores.people.add({ login: 'ada', name: '', passwordHash: '', isSystemAdmin: false, language: 'en' })
  let { refreshToken } = stores.logins.begin(person?.personId ?? '', 'panel')
  const [first, firstLogin] = [refreshToken, stores.logins.begin(person?.personId ?? '', 'phone').loginId]
  for (let day = 0; day < 100; day++) {
    const rotated = stores.logins.rotate(refreshToken)
    if (rotated.type !== 'renewed') throw new Error(rotated.type)
    refreshToken = rotated.refreshToken
    await clock.advance(dayMs)
  }
  const sweeping = stores.logins.sweep(signal)
  await clock.advance(0)
  await sweeping
  // The phone was not used for a month, and forgotten after another.
  expect(stores.logins.isLive(firstLogin)).toBe(false)
  expect(rowsOf('logins')).toBe(1)
  expect(rowsOf('refresh_tokens')).toBeLessThanOrEqual(32)
  expect(rowsOf('refresh_tokens')).toBeGreaterThanOrEqual(30)
  // What is forgotten opens nothing, and what is not yet still tells of a theft.
  expect(stores.logins.rotate(first)).toEqual({ type: 'ended' })
  expect(stores.logins.rotate(refreshToken).type).toBe('renewed')
  expect(stores.logins.rotate(refreshToken).type).toBe('reused')
})

test('enrolment tokens are forgotten when they have been good for nothing for 90 days', async () => {
  const { enrolment, devices } = fixture.store
  const homeId = devices.defaultHomeId()
  const add = (tokenId: string) =>
    enrolment.add({
      tokenId,
      homeId,
      secret: new Uint8Array(32),
      expiresAt: instant(clock.wallTime().getTime() + dayMs),
    })
  for (let index = 0; index < 60; index++) add(`card-${index}`)
  await clock.advance(90 * dayMs)
  add('young')
  expect(await enrolment.sweep(signal)).toBe(0)
  await clock.advance(2 * dayMs)
  const sweeping = enrolment.sweep(signal)
  await clock.advance(0)
  expect(await sweeping).toBe(60)
  expect(enrolment.find('young')).toBeDefined()
})

test('what a speaker told of itself goes with its home', () => {
  const { devices, events } = fixture.store
  const { home_id: homeId } = stores.homes.add({ name: 'Cabin' })
  devices.save({ deviceId: 'kitchen', homeId, secret: new Uint8Array(32) })
  events.add('kitchen', { v: 1, type: 'button' })
  devices.revoke('kitchen')
  expect(stores.homes.remove(homeId)).toBe(true)
  expect(rowsOf('events')).toBe(0)
})

test('of the configurations of a speaker the newest ten are kept, and versions go on', () => {
  const { configs, devices } = fixture.store
  devices.save({ deviceId: 'kitchen', homeId: devices.defaultHomeId(), secret: new Uint8Array(32) })
  devices.save({ deviceId: 'bath', homeId: devices.defaultHomeId(), secret: new Uint8Array(32) })
  configs.add('bath', (version) => ({ v: 1, version }))
  for (let count = 0; count < 30; count++) configs.add('kitchen', (version) => ({ v: 1, version }))
  expect(rowsOf('device_configs')).toBe(11)
  expect(configs.latest('kitchen')?.config.version).toBe(30)
  expect(configs.acknowledge('kitchen', 29, { state: 'applied' })).toBe(true)
  expect(configs.latest('bath')?.config.version).toBe(1)
})

test('of the keys of requests no more than 50,000 are kept, the newest', async () => {
  const { db } = fixture.store
  const at = clock.wallTime().toISOString()
  db.prepare(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50060)
    INSERT INTO idempotency_keys (principal, key_hash, begun_at, request_hash)
    SELECT 'person/' || i, randomblob(32), ?, randomblob(32) FROM n`).run(at)
  await clock.advance(1_000)
  const ask = (index: number) =>
    stores.idempotency.begin({ principal: `new/${index}`, key: 'key', requestHash: new Uint8Array(32) }).type
  for (let index = 0; index < 100; index++) expect(ask(index)).toBe('new')
  expect(rowsOf('idempotency_keys')).toBe(50_000)
  expect(ask(99)).toBe('begun')
})

test('what people did is kept for two years', async () => {
  const { audit } = fixture.store
  const add = (count: number, actor: string) => {
    for (let index = 0; index < count; index++) audit.add({ actor, action: 'login', target: actor })
  }
  add(120, 'ada')
  await clock.advance(700 * dayMs)
  add(60, 'bob')
  await audit.sweep(signal)
  expect(rowsOf('audit')).toBe(180)
  await clock.advance(40 * dayMs)
  const sweeping = audit.sweep(signal)
  expect(rowsOf('audit')).toBe(130)
  for (let slice = 0; slice < 3; slice++) await clock.advance(0)
  await sweeping
  expect(new Set(audit.list(200).map(({ actor }) => actor))).toEqual(new Set(['bob']))
})

import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDirectory, type Directory } from '../../src/devices/directory.ts'
import { createSteering } from '../../src/devices/steering.ts'
import { dutiesOf } from '../../src/supervise/duties.ts'
import { temporaryStore } from '../temporary-store.ts'
import { createMemoryBroker } from './memory-broker.ts'

const clock = createManualClock()
const secret = new Uint8Array(32).fill(9)
let fixture = temporaryStore(clock)
let broker = createMemoryBroker()
let directory: Directory
let stop = new AbortController()
let running: Promise<void> = Promise.resolve()

const start = (role: 'all' | 'gateway' | 'bridge' = 'all') => {
  stop = new AbortController()
  broker = createMemoryBroker()
  directory = createDirectory({
    clock,
    log: silentLog,
    store: fixture.store,
    broker,
    addressFor: () => ({ host: '10.0.0.1', port: 8710 }),
    duties: dutiesOf(role),
    timeZone: 'Europe/Zurich',
  })
  running = directory.run(stop.signal)
}
const end = async () => {
  stop.abort()
  await clock.advance(0)
  await running
}

beforeEach(() => {
  fixture = temporaryStore(clock)
  fixture.store.devices.save({ deviceId: 'kitchen', homeId: fixture.store.devices.defaultHomeId(), secret })
  start()
})
afterEach(async () => {
  await end()
  fixture.close()
})

const steering = () => createSteering({ clock, store: fixture.store, broker })
const signal = new AbortController().signal

test('a speaker that was never enrolled, or was revoked, is not known', () => {
  expect(directory.find('stranger')).toBeUndefined()
  fixture.store.devices.revoke('kitchen')
  expect(directory.find('kitchen')).toBeUndefined()
})

test('an enrolled speaker is known with its secret and sensible defaults', () => {
  expect(directory.find('kitchen')).toEqual({
    deviceId: 'kitchen',
    homeId: 'home',
    secret: Buffer.from(secret),
    language: 'en',
    timeZone: 'Europe/Zurich',
    volume: 50,
    followUpMs: 5_000,
    schedule: [],
  })
})

test('every speaker is told where its sound goes before it ever wakes', () => {
  expect(broker.sent).toContainEqual({
    deviceId: 'kitchen',
    kind: 'bridge',
    message: { v: 1, udp: { host: '10.0.0.1', port: 8710 } },
  })
})

test('a large fleet is told slice by slice after a start, and whoever is revoked meanwhile is not', async () => {
  await end()
  const { devices } = fixture.store
  const homeId = devices.defaultHomeId()
  const name = (index: number) => `speaker-${String(index).padStart(3, '0')}`
  fixture.store.atOnce(() => {
    for (let index = 0; index < 250; index++) devices.save({ deviceId: name(index), homeId, secret })
  })
  start()
  const told = () => new Set(broker.sent.map(({ deviceId }) => deviceId))
  expect(told().size).toBe(100)
  devices.revoke(name(249))
  await clock.advance(0)
  expect(told().size).toBe(250)
  expect(told().has(name(249))).toBe(false)
  expect(directory.list()).toHaveLength(250)
})

test('what a speaker reports is known at once and on disk after a moment', async () => {
  broker.receive({ deviceId: 'kitchen', kind: 'status', message: { v: 1, online: true, volume: 33 } })
  expect(directory.find('kitchen')?.volume).toBe(33)
  expect(directory.onlineCount()).toBe(1)
  expect(fixture.store.status.list()).toEqual([])
  await clock.advance(600)
  expect(fixture.store.status.list()).toMatchObject([{ deviceId: 'kitchen', status: { online: true, volume: 33 } }])
})

test('while no speaker reports anything nothing waits for a time', async () => {
  await clock.advance(0)
  expect(clock.pendingTimers()).toBe(0)
  broker.receive({ deviceId: 'kitchen', kind: 'status', message: { v: 1, online: true, volume: 33 } })
  await clock.advance(0)
  expect(clock.pendingTimers()).toBe(1)
  await clock.advance(600)
  expect(clock.pendingTimers()).toBe(0)
})

test('statuses that wait are written when the cloud stops, and nobody is online after a start', async () => {
  broker.receive({ deviceId: 'kitchen', kind: 'status', message: { v: 1, online: true, volume: 33 } })
  await end()
  expect(fixture.store.status.list()).toMatchObject([{ status: { online: true } }])
  start()
  expect(directory.onlineCount()).toBe(0)
  expect(directory.find('kitchen')?.volume).toBe(33)
})

test('a bridge knows what speakers report, and leaves the writing and their configuration to the gateway beside it', async () => {
  fixture.store.configs.add('kitchen', (version) => ({ v: 1, version, name: 'Kitchen', language: 'zh' }))
  await end()
  start('bridge')
  const item = { item_id: 'tea', kind: 'timer', fires_at: '2026-01-01T08:05:00.000Z', label: 'tea' } as const
  broker.receive({ deviceId: 'kitchen', kind: 'status', message: { v: 1, online: true, volume: 33 } })
  broker.receive({ deviceId: 'kitchen', kind: 'schedule/state', message: { v: 1, items: [item] } })
  broker.receive({ deviceId: 'kitchen', kind: 'config/ack', message: { v: 1, version: 1, applied: true } })
  broker.receive({ deviceId: 'kitchen', kind: 'event', message: { v: 1, type: 'error', code: 'mic_lost' } })
  await clock.advance(600)
  expect(directory.find('kitchen')).toMatchObject({ volume: 33, schedule: [item], language: 'zh' })
  await end()
  expect(fixture.store.status.list()).toEqual([])
  expect(fixture.store.schedule.listAll().size).toBe(0)
  expect(fixture.store.configs.latest('kitchen')?.state).toBe('pending')
  expect(fixture.store.events.countOf('kitchen')).toBe(0)
  expect(broker.sent.map(({ kind }) => kind)).toEqual(['bridge'])
})

test('where sound goes is told by the process that takes it, also to a speaker that was enrolled beside it', async () => {
  await end()
  start('gateway')
  fixture.store.devices.save({ deviceId: 'bath', homeId: fixture.store.devices.defaultHomeId(), secret })
  directory.announce('bath')
  expect(broker.sent).toEqual([])
  await end()
  start('bridge')
  fixture.store.devices.save({ deviceId: 'attic', homeId: fixture.store.devices.defaultHomeId(), secret })
  for (const deviceId of ['attic', 'attic', 'stranger'])
    broker.receive({ deviceId, kind: 'status', message: { v: 1, online: true } })
  expect(broker.sent.map(({ deviceId }) => deviceId)).toEqual(['bath', 'kitchen', 'attic'])
})

test('a connection that ends without a last will puts the speaker offline', () => {
  broker.receive({ deviceId: 'kitchen', kind: 'status', message: { v: 1, online: true, volume: 33 } })
  broker.setPresence({ deviceId: 'kitchen', connected: false })
  expect(directory.list()).toMatchObject([{ deviceId: 'kitchen', online: false }])
})

test('timers that a speaker reports survive a restart', async () => {
  const item = { item_id: 'tea', kind: 'timer', fires_at: '2026-01-01T08:05:00.000Z', label: 'tea' } as const
  broker.receive({ deviceId: 'kitchen', kind: 'schedule/state', message: { v: 1, items: [item] } })
  expect(directory.find('kitchen')?.schedule).toEqual([item])
  await end()
  start()
  expect(directory.find('kitchen')?.schedule).toEqual([item])
  broker.receive({ deviceId: 'kitchen', kind: 'schedule/state', message: { v: 1, items: [] } })
  await end()
  start()
  expect(directory.find('kitchen')?.schedule).toEqual([])
})

test('a configuration that the speaker applies is answered as applied', async () => {
  const outcome = steering().setConfig({ deviceId: 'kitchen', change: { volume: 20 }, actor: 'test' }, signal)
  expect(broker.sent.at(-1)).toEqual({ deviceId: 'kitchen', kind: 'config', message: { v: 1, version: 1, volume: 20 } })
  broker.receive({ deviceId: 'kitchen', kind: 'config/ack', message: { v: 1, version: 1, applied: true } })
  expect(await outcome).toEqual({ state: 'applied', version: 1 })
  expect(fixture.store.configs.latest('kitchen')?.state).toBe('applied')
})

test('a configuration that the speaker applies counts from its next turn on, not from its next connection', async () => {
  const change = async (of: Parameters<ReturnType<typeof steering>['setConfig']>[0]['change'], version: number) => {
    const changed = steering().setConfig({ deviceId: 'kitchen', change: of, actor: 'ada' }, signal)
    await clock.advance(0)
    broker.receive({ deviceId: 'kitchen', kind: 'config/ack', message: { v: 1, version, applied: true } })
    await changed
  }
  await change({ time_zone: 'Europe/Berlin', voice: 'slt' }, 1)
  broker.setPresence({ deviceId: 'kitchen', connected: true })
  await change({ time_zone: 'Asia/Shanghai', language: 'zh', follow_up_ms: 0 }, 2)
  expect(directory.find('kitchen')).toMatchObject({
    timeZone: 'Asia/Shanghai',
    language: 'zh',
    followUpMs: 0,
    voice: 'slt',
  })
})

test('a configuration that nobody answers is stored as pending and keeps earlier settings', async () => {
  const first = steering().setConfig(
    { deviceId: 'kitchen', change: { volume: 20, name: 'Kitchen' }, actor: 'test' },
    signal,
  )
  await clock.advance(1_000)
  expect(await first).toEqual({ state: 'pending', version: 1 })
  const second = steering().setConfig({ deviceId: 'kitchen', change: { volume: 30 }, actor: 'test' }, signal)
  await clock.advance(1_000)
  await second
  expect(fixture.store.configs.latest('kitchen')).toMatchObject({
    state: 'pending',
    config: { version: 2, name: 'Kitchen', volume: 30 },
  })
})

test('an answer that waits in the socket while the cloud is held up counts, and one that never comes does not', async () => {
  let heldUpMs = 0
  const held = createSteering({ clock: { ...clock, now: () => clock.now() + heldUpMs }, store: fixture.store, broker })
  const answered = held.setConfig({ deviceId: 'kitchen', change: { volume: 20 }, actor: 'test' }, signal)
  await clock.advance(999)
  heldUpMs = 700
  // The timer runs first, and what the speaker said meanwhile is read after it.
  await clock.advance(1)
  broker.receive({ deviceId: 'kitchen', kind: 'config/ack', message: { v: 1, version: 1, applied: true } })
  expect(await answered).toEqual({ state: 'applied', version: 1 })

  heldUpMs = 0
  const silent = held.setConfig({ deviceId: 'kitchen', change: { volume: 30 }, actor: 'test' }, signal)
  await clock.advance(999)
  heldUpMs = 5_000
  await clock.advance(1)
  await clock.advance(1_000)
  expect(await silent).toEqual({ state: 'pending', version: 2 })
})

test('a refused configuration comes back with the field at fault; another speaker’s answer does not count', async () => {
  const outcome = steering().setConfig({ deviceId: 'kitchen', change: { volume: 20 }, actor: 'test' }, signal)
  const error = { code: 'bad_field', field: 'volume', message: 'too loud' }
  broker.receive({ deviceId: 'bedroom', kind: 'config/ack', message: { v: 1, version: 1, applied: true } })
  broker.receive({ deviceId: 'kitchen', kind: 'config/ack', message: { v: 1, version: 1, applied: false, error } })
  expect(await outcome).toEqual({ state: 'refused', version: 1, error })
})

test('a command is answered by its id, or not at all after three seconds', async () => {
  const done = steering().command({ deviceId: 'kitchen', command: { type: 'identify' }, actor: 'test' }, signal)
  const sent = broker.sent.at(-1)
  if (sent?.kind !== 'command') throw new Error('no command was sent')
  broker.receive({ deviceId: 'kitchen', kind: 'command/ack', message: { v: 1, command_id: 'other', ok: true } })
  broker.receive({
    deviceId: 'kitchen',
    kind: 'command/ack',
    message: { v: 1, command_id: sent.message.command_id, ok: true },
  })
  expect(await done).toEqual({ state: 'done' })
  const silent = steering().command({ deviceId: 'kitchen', command: { type: 'identify' }, actor: 'test' }, signal)
  await clock.advance(3_000)
  expect(await silent).toEqual({ state: 'no_answer' })
})

test('a change of the schedule is applied once the speaker reports it', async () => {
  const change = { action: 'cancel', change_id: 'c1', item_id: 'tea' } as const
  const outcome = steering().changeSchedule({ deviceId: 'kitchen', change }, signal)
  broker.receive({ deviceId: 'kitchen', kind: 'schedule/state', message: { v: 1, items: [], applied_change_id: 'c1' } })
  expect(await outcome).toEqual({ state: 'applied' })
})

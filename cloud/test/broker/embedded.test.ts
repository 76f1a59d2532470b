import { connect as connectTcp } from 'node:net'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import type { Presence } from '../../src/broker/broker-client.ts'
import { startEmbeddedBroker } from '../../src/broker/embedded.ts'
import { PortTakenError } from '../../src/gateway/port-taken.ts'
import { type BrokerUnderTest, connectDevice, startEmbedded } from './broker-fixture.ts'

let under: BrokerUnderTest
beforeEach(async () => {
  under = await startEmbedded()
})
afterEach(() => under.stop())

const portOf = (url: string) => Number(url.split(':')[2])

test('a client id that is not the device id is refused', async () => {
  await expect(connectDevice(under.url, 'kitchen', { clientId: 'bedroom' })).rejects.toThrow()
  expect(under.droppedFor('credentials_refused')).toBe(1)
})

test('what a speaker may not publish is counted by its reason', async () => {
  const kitchen = await connectDevice(under.url, 'kitchen')
  await kitchen.publishAsync('device/bedroom/status', '{"v":1,"online":true}', { qos: 1 })
  await kitchen.publishAsync('device/kitchen/config', '{"v":1,"version":1}', { qos: 1 })
  await kitchen.publishAsync('somewhere/else', 'x', { qos: 1 })
  expect(under.droppedFor('foreign_topic')).toBe(1)
  expect(under.droppedFor('not_from_device')).toBe(1)
  expect(under.droppedFor('unknown_topic')).toBe(1)
  await kitchen.endAsync()
})

test('a last will for another speaker is dropped', async () => {
  const seen: string[] = []
  under.broker.onMessage(({ deviceId }) => seen.push(deviceId))
  const will = {
    topic: 'device/bedroom/status',
    payload: Buffer.from('{"v":1,"online":false}'),
    qos: 1,
    retain: true,
  } as const
  const kitchen = await connectDevice(under.url, 'kitchen', { will })
  kitchen.on('error', () => {})
  kitchen.stream.destroy()
  await eventually(() => under.droppedFor('foreign_topic') === 1, 'the will is dropped')
  expect(seen).toEqual([])
})

test('a stranger who announces a packet of 200 MB is cut off before it is sent', async () => {
  const socket = connectTcp(portOf(under.url), '127.0.0.1')
  let closed = false
  socket.on('close', () => {
    closed = true
  })
  socket.on('error', () => {})
  socket.write(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x60]))
  await eventually(() => closed, 'the connection is cut')
  expect(under.droppedFor('packet_too_long')).toBe(1)
})

test('random bytes end their own connection and nothing else', async () => {
  const kitchen = await connectDevice(under.url, 'kitchen')
  for (let round = 0; round < 50; round++) {
    const socket = connectTcp(portOf(under.url), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(Buffer.from(Array.from({ length: 200 }, (_, index) => (index * 31 + round * 17) % 256)))
    socket.end()
  }
  await systemClock.sleep(100)
  await kitchen.publishAsync('device/kitchen/status', '{"v":1,"online":true}', { qos: 1 })
  await kitchen.endAsync()
})

test('a flood of messages of one speaker is thinned out', async () => {
  const kitchen = await connectDevice(under.url, 'kitchen')
  const flood = Array.from({ length: 400 }, () =>
    kitchen.publishAsync('device/kitchen/status', '{"v":1,"online":true}', { qos: 1 }),
  )
  await Promise.all(flood)
  expect(under.droppedFor('rate_limited')).toBeGreaterThan(100)
  await kitchen.endAsync()
})

test('presence follows the connection, and a revoked speaker can be cut off', async () => {
  const seen: Presence[] = []
  under.broker.onPresence((presence) => seen.push(presence))
  const kitchen = await connectDevice(under.url, 'kitchen')
  kitchen.on('error', () => {})
  await eventually(() => seen.length === 1, 'it is seen')
  under.broker.disconnect('kitchen')
  await eventually(() => seen.length === 2, 'it is gone')
  expect(seen).toEqual([
    { deviceId: 'kitchen', connected: true },
    { deviceId: 'kitchen', connected: false },
  ])
})

test('a taken port says which, what for, who holds it and how to choose another', async () => {
  const port = portOf(under.url)
  const second = startEmbeddedBroker({
    clock: systemClock,
    log: silentLog,
    credentials: { check: () => false },
    drop: () => {},
    host: '127.0.0.1',
    port,
    maxConnections: 10,
  })
  const error = await second.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PortTakenError)
  expect(String(error)).toMatch(new RegExp(`TCP port ${port} \\(MQTT.*taken by .*process ${process.pid}.*--mqtt-port`))
})

test('an event is acknowledged when it is on disk, a status at once', async () => {
  const waits: (() => void)[] = []
  const slow = await startEmbedded({ durable: () => new Promise((resolve) => void waits.push(resolve)) })
  const kitchen = await connectDevice(slow.url, 'kitchen')
  const seen: string[] = []
  slow.broker.onMessage(({ kind }) => seen.push(kind))
  await kitchen.publishAsync('device/kitchen/status', '{"v":1,"online":true}', { qos: 1 })
  let acknowledged = false
  const told = kitchen.publishAsync('device/kitchen/event', '{"v":1,"type":"button"}', { qos: 1 }).then(() => {
    acknowledged = true
  })
  await eventually(() => waits.length === 1, 'the event waits for the disk')
  await systemClock.sleep(50)
  expect([acknowledged, seen]).toEqual([false, ['status', 'event']])
  waits[0]?.()
  await told
  await kitchen.endAsync()
  await slow.stop()
})

test('an event that cannot be brought to disk is not acknowledged', async () => {
  const broken = await startEmbedded({ durable: () => Promise.reject(new Error('EIO')) })
  const kitchen = await connectDevice(broken.url, 'kitchen')
  kitchen.on('error', () => {})
  const closed = new Promise<void>((resolve) => kitchen.once('close', () => resolve()))
  const told = kitchen.publishAsync('device/kitchen/event', '{"v":1,"type":"button"}', { qos: 1 })
  told.catch(() => {})
  await closed
  await kitchen.endAsync(true)
  await expect(told).rejects.toThrow()
  await broken.stop()
})

test('a storm of connections is let in and every speaker has its retained messages', async () => {
  under.broker.publish('kitchen', 'config', { v: 1, version: 7 })
  under.broker.publish('bedroom', 'config', { v: 1, version: 8 })
  const versions: string[] = []
  for (let again = 0; again < 40; again++) {
    const deviceId = again % 2 === 0 ? 'kitchen' : 'bedroom'
    const client = await connectDevice(under.url, deviceId)
    client.on('message', (topic, payload) => versions.push(`${topic} ${JSON.parse(payload.toString()).version}`))
    const before = versions.length
    await client.subscribeAsync(again < 20 ? `device/${deviceId}/config` : `device/${deviceId}/#`, { qos: 1 })
    await eventually(() => versions.length > before, 'the configuration comes')
    await client.endAsync()
  }
  expect([...new Set(versions)].sort()).toEqual(['device/bedroom/config 8', 'device/kitchen/config 7'])
})

import { systemClock } from '@mynah/shared/time/clock.ts'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import type { DeviceMessage } from '../../src/broker/broker-client.ts'
import { type BrokerUnderTest, connectDevice, startEmbedded, startExternal } from './broker-fixture.ts'
import { externalSkipReason } from './mosquitto.ts'

const brokers = [
  { name: 'the embedded broker', start: startEmbedded, skip: undefined },
  { name: 'an external broker', start: startExternal, skip: externalSkipReason },
]

describe.each(brokers)('$name', ({ start, skip }) => {
  if (skip) {
    test.skip(skip, () => {})
    return
  }
  let under: BrokerUnderTest
  let received: DeviceMessage[] = []
  let clients: MqttClient[] = []
  const device = async (deviceId: string, options = {}) => {
    const client = await connectDevice(under.url, deviceId, options)
    client.on('error', () => {})
    clients.push(client)
    return client
  }
  const status = (online: boolean) => JSON.stringify({ v: 1, online })

  beforeEach(async () => {
    under = await start()
    received = []
    clients = []
    under.broker.onMessage((message) => received.push(message))
  })
  afterEach(async () => {
    for (const client of clients) await client.endAsync(true)
    await under.stop()
  })

  test('brings a speaker’s valid message to the cloud before it is acknowledged', async () => {
    const kitchen = await device('kitchen')
    await kitchen.publishAsync('device/kitchen/status', status(true), { qos: 1, retain: true })
    await eventually(() => received.length === 1, 'the status arrives')
    expect(received[0]).toEqual({ deviceId: 'kitchen', kind: 'status', message: { v: 1, online: true } })
  })

  test('brings the cloud’s messages to their speaker alone, in order', async () => {
    const kitchen = await device('kitchen')
    const bedroom = await device('bedroom')
    const heard: string[] = []
    const foreign: string[] = []
    kitchen.on('message', (_topic, payload) => heard.push(JSON.parse(payload.toString()).text))
    bedroom.on('message', (topic) => foreign.push(topic))
    await kitchen.subscribeAsync('device/kitchen/#', { qos: 1 })
    await bedroom.subscribeAsync('device/bedroom/#', { qos: 1 })
    const texts = Array.from({ length: 50 }, (_, index) => `word ${index}`)
    for (const text of texts) {
      under.broker.publish('kitchen', 'transcript', { v: 1, session_id: 'a'.repeat(22), text, final: false })
    }
    await eventually(() => heard.length === 50, 'all transcripts arrive')
    expect(heard).toEqual(texts)
    expect(foreign).toEqual([])
  })

  test('keeps configuration and bridge address for a speaker that comes later', async () => {
    under.broker.publish('kitchen', 'config', { v: 1, version: 3, volume: 40 })
    under.broker.publish('kitchen', 'bridge', { v: 1, udp: { host: '127.0.0.1', port: 8710 } })
    under.broker.publish('kitchen', 'transcript', { v: 1, session_id: 'a'.repeat(22), text: 'gone', final: true })
    await systemClock.sleep(50)
    const kitchen = await device('kitchen')
    const kept = new Map<string, unknown>()
    kitchen.on('message', (topic, payload) => kept.set(topic, JSON.parse(payload.toString())))
    await kitchen.subscribeAsync('device/kitchen/#', { qos: 1 })
    await eventually(() => kept.size === 2, 'both retained messages arrive')
    expect(kept.get('device/kitchen/config')).toEqual({ v: 1, version: 3, volume: 40 })
    expect(kept.get('device/kitchen/bridge')).toMatchObject({ udp: { port: 8710 } })
  })

  test('tells of a lost speaker by its last will', async () => {
    const will = { topic: 'device/kitchen/status', payload: Buffer.from(status(false)), qos: 1, retain: true } as const
    const kitchen = await device('kitchen', { will })
    await kitchen.publishAsync('device/kitchen/status', status(true), { qos: 1, retain: true })
    kitchen.stream.destroy()
    await eventually(() => received.some(({ message }) => 'online' in message && !message.online), 'the will arrives')
  })

  test('never brings what a speaker publishes as another one, as the cloud, or anywhere else', async () => {
    const kitchen = await device('kitchen')
    const bedroom = await device('bedroom')
    const heard: string[] = []
    bedroom.on('message', (topic) => heard.push(topic))
    await bedroom.subscribeAsync('device/bedroom/#', { qos: 1 })
    const forgeries = [
      ['device/bedroom/status', status(false)],
      ['device/bedroom/command', JSON.stringify({ v: 1, command_id: 'x', command: { type: 'reboot' } })],
      ['device/bedroom/config', JSON.stringify({ v: 1, version: 9 })],
      ['device/kitchen/config', JSON.stringify({ v: 1, version: 9 })],
      ['device/kitchen/nonsense', status(true)],
      ['$SYS/anything', 'x'],
      ['other', 'x'],
    ] as const
    for (const [topic, payload] of forgeries) kitchen.publish(topic, payload, { qos: 0, retain: true })
    await kitchen.publishAsync('device/kitchen/status', status(true), { qos: 1 })
    await eventually(() => received.length > 0, 'the honest message arrives')
    expect(received).toEqual([{ deviceId: 'kitchen', kind: 'status', message: { v: 1, online: true } }])
    await systemClock.sleep(50)
    expect(heard).toEqual([])
    const late: string[] = []
    kitchen.on('message', (topic) => late.push(topic))
    await kitchen.subscribeAsync('device/kitchen/#', { qos: 1 })
    await systemClock.sleep(100)
    expect(late.filter((topic) => topic !== 'device/kitchen/status')).toEqual([])
  })

  test('lets a speaker read nothing but its own', async () => {
    const kitchen = await device('kitchen')
    const heard: string[] = []
    kitchen.on('message', (topic) => heard.push(topic))
    for (const filter of [
      '#',
      '+/#',
      'device/#',
      'device/+/transcript',
      'device/bedroom/#',
      'device/bedroom/config',
      '$SYS/#',
    ]) {
      await kitchen.subscribeAsync(filter, { qos: 1 }).catch(() => {})
    }
    under.broker.publish('bedroom', 'transcript', { v: 1, session_id: 'b'.repeat(22), text: 'private', final: true })
    under.broker.publish('bedroom', 'config', { v: 1, version: 1 })
    await systemClock.sleep(150)
    expect(heard).toEqual([])
  })

  test('drops and counts malformed payloads and goes on', async () => {
    const kitchen = await device('kitchen')
    const bad = [
      '',
      '{',
      'null',
      '[]',
      '{"v":2,"online":true}',
      '{"v":1}',
      '{"v":1,"online":"yes"}',
      '\u0000\u0001',
      '{"v":1,"online":true,"volume":101}',
    ]
    for (const payload of bad) await kitchen.publishAsync('device/kitchen/status', payload, { qos: 1 })
    await kitchen.publishAsync('device/kitchen/status', Buffer.from([0xff, 0xfe, 0x80]), { qos: 1 })
    await kitchen.publishAsync('device/kitchen/status', status(true), { qos: 1 })
    await eventually(() => received.length === 1, 'the valid status arrives')
    expect(under.droppedFor('not_json') + under.droppedFor('bad_message')).toBe(bad.length + 1)
  })

  test('cuts off a packet that is too long and serves everybody else', async () => {
    const kitchen = await device('kitchen')
    const bedroom = await device('bedroom')
    const huge = Buffer.alloc(4 * 1024 * 1024, 'x')
    kitchen.publish('device/kitchen/status', huge, { qos: 1 }, () => {})
    await bedroom.publishAsync('device/bedroom/status', status(true), { qos: 1 })
    await eventually(() => received.length === 1, 'the other speaker is served')
    await systemClock.sleep(50)
    expect(received).toHaveLength(1)
  })

  test('refuses wrong and missing credentials', async () => {
    await expect(device('kitchen', { password: 'wrong' })).rejects.toThrow()
    await expect(device('stranger')).rejects.toThrow()
    await expect(device('kitchen', { username: undefined, password: undefined })).rejects.toThrow()
  })

  test('gives a second connection of a speaker the place of the first', async () => {
    const first = await device('kitchen')
    let closed = false
    first.on('close', () => {
      closed = true
    })
    const second = await device('kitchen')
    await eventually(() => closed, 'the first connection ends')
    await second.publishAsync('device/kitchen/status', status(true), { qos: 1 })
    await eventually(() => received.length === 1, 'the second connection works')
  })
})

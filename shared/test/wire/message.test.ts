import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFromDevice, decodeToDevice, encodeMessage, parseTopic } from '../../src/wire/message.ts'
import {
  type FromDeviceKind,
  fromDevice,
  maxPayloadBytes,
  type ToDeviceKind,
  toDevice,
  topicOf,
} from '../../src/wire/topics.ts'
import { holds } from '../holds.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const sessionId = 'AAECAwQFBgcICQoLDA0ODw'
// Object.keys widens the keys of the map to string.
const fromKinds = Object.keys(fromDevice) as FromDeviceKind[]
const toKinds = Object.keys(toDevice) as ToDeviceKind[]

describe('a message', () => {
  it('comes out as it went in, with its version', () => {
    const wake = {
      session_id: sessionId,
      trigger: 'wake_word',
      audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
      pre_roll_ms: 1_500,
    } as const
    expect(decodeFromDevice('wake', encodeMessage('wake', wake))).toEqual({ ok: true, value: { v: 1, ...wake } })
    const command = { command_id: 'c1', command: { type: 'set_volume', volume: 40 } } as const
    const decoded = decodeToDevice('command', encodeMessage('command', command))
    expect(decoded).toEqual({ ok: true, value: { v: 1, ...command } })
  })

  it('ignores fields it does not know', () => {
    const payload = bytesOf('{"v":1,"udp":{"host":"192.0.2.1","port":7000,"ttl":3},"since":"2031"}')
    expect(decodeToDevice('bridge', payload)).toEqual({
      ok: true,
      value: { v: 1, udp: { host: '192.0.2.1', port: 7000 } },
    })
  })

  it.each([
    ['{"v":1,"udp":{"host":"192.0.2.1","port":70000}}', 'udp.port: <=65535 expected'],
    ['{"v":1,"udp":{"host":"192.0.2.1"}}', 'udp.port: missing'],
    ['{"v":2,"udp":{"host":"192.0.2.1","port":7000}}', 'v: 1 expected'],
    ['[]', 'v: missing'],
    ['null', 'message: Object expected'],
  ])('that reads %s is refused by its field', (text, message) => {
    const decoded = decodeToDevice('bridge', bytesOf(text))
    expect(decoded.ok ? undefined : decoded.error.code).toBe('bad_message')
    expect(decoded.ok ? undefined : decoded.error.message).toContain(message)
  })

  it('does not repeat in its error what was said', () => {
    const payload = bytesOf(`{"v":1,"session_id":"${sessionId}","text":"secret words","final":"secret words"}`)
    expect(JSON.stringify(decodeToDevice('transcript', payload))).not.toContain('secret')
    expect(JSON.stringify(decodeToDevice('transcript', bytesOf('{"text": secret')))).not.toContain('secret')
  })

  it('is refused by its length before it is parsed, and never sent too long', () => {
    const long = new Uint8Array(maxPayloadBytes + 1)
    expect(decodeToDevice('bridge', long)).toEqual({
      ok: false,
      error: { code: 'too_long', message: 'at most 32768 bytes, got 32769' },
    })
    expect(() =>
      encodeMessage('command/ack', { command_id: 'c1', ok: true, report: { lines: 'x'.repeat(40_000) } }),
    ).toThrow('a message has at most 32768 bytes')
  })

  it('of random bytes or random JSON never throws', () => {
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map(bytesOf),
      fc
        .object({ key: fc.constantFrom('v', 'session_id', 'text', 'type', '__proto__', 'command') })
        .map((value) => bytesOf(JSON.stringify({ ...value, v: 1 }) ?? '')),
    )
    holds(
      fc.property(payloads, (payload) => {
        for (const kind of fromKinds) decodeFromDevice(kind, payload)
        for (const kind of toKinds) decodeToDevice(kind, payload)
      }),
    )
  })
})

describe('a topic', () => {
  it('is parsed to what it was made of, for every kind', () => {
    for (const kind of fromKinds) {
      expect(parseTopic(topicOf('kitchen', kind))).toEqual({ direction: 'from_device', deviceId: 'kitchen', kind })
    }
    for (const kind of toKinds) {
      expect(parseTopic(topicOf('kitchen', kind))).toEqual({ direction: 'to_device', deviceId: 'kitchen', kind })
    }
  })

  it.each([
    '',
    'device',
    'device/kitchen',
    'device/kitchen/',
    'device/Kitchen/wake',
    'device/+/wake',
    'device/ab/wake',
    'device/kitchen/wake/',
    'device/kitchen/wake/ack/more',
    'device/kitchen/toString',
    'device/kitchen/__proto__',
    '/device/kitchen/wake',
    'devices/kitchen/wake',
  ])('%j is none of ours', (topic) => {
    expect(parseTopic(topic)).toBeUndefined()
  })

  it('of any text never throws', () => {
    holds(fc.property(fc.string(), (topic) => void parseTopic(topic)))
  })
})

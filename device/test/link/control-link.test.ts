import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { encodeMessage } from '@mynah/shared/wire/message.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { type MqttConnectRequest, MqttRefusedError } from '../../src/link/connect.ts'
import { type ControlMessage, createControlLink } from '../../src/link/control-link.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** A broker in memory that can be down, refuse, and lose its acknowledgements. */
const start = (isUp = true) => {
  const clock = createManualClock()
  const published: string[] = []
  const attemptsAtMs: number[] = []
  const requests: MqttConnectRequest[] = []
  const messages: ControlMessage[] = []
  const links: string[] = []
  const lines: string[] = []
  const subscribed: (readonly string[])[] = []
  let up = isUp
  let refuses = false
  let refusals = 0
  let acknowledges = true
  let rejectsWhenCut = true
  let cut = () => {}
  let deliver = (_topic: string, _payload: Uint8Array) => {}
  const link = createControlLink({
    clock,
    log: { ...silentLog, warn: (line) => void lines.push(line) },
    random: () => 0.999,
    deviceId: 'kitchen',
    mqttUrl: 'mqtt://cloud.test',
    mqttPassword: 'secret',
    onMessage: (message) => messages.push(message),
    onLink: (state) => links.push(state),
    onRefused: () => {
      refusals++
    },
    connectMqtt: async (request) => {
      attemptsAtMs.push(clock.now())
      requests.push(request)
      if (!up) throw new Error('connection refused')
      if (refuses) throw new MqttRefusedError(undefined)
      let onClose = () => {}
      const rejects = new Set<(error: Error) => void>()
      const breakOff = () => {
        if (rejectsWhenCut) for (const reject of rejects) reject(new Error('closed'))
        onClose()
      }
      cut = breakOff
      return {
        publish: (topic, payload, { retain }) => {
          const { v: _, ...message } = JSON.parse(new TextDecoder().decode(payload))
          published.push(`${topic}${retain ? ' (retained)' : ''} ${JSON.stringify(message)}`)
          return acknowledges ? Promise.resolve() : new Promise((_resolve, reject) => rejects.add(reject))
        },
        subscribe: async (topics) => {
          subscribed.push(topics)
        },
        onMessage: (listener) => {
          deliver = listener
        },
        onClose: (listener) => {
          onClose = listener
        },
        close: async () => {},
      }
    },
  })
  const stop = new AbortController()
  const finished = link.run(stop.signal)
  const close = async () => {
    stop.abort()
    for (let i = 0; i < 4; i++) await clock.advance(1_000)
    await finished
  }
  stops.push(close)
  return {
    clock,
    link,
    published,
    attemptsAtMs,
    requests,
    messages,
    links,
    lines,
    subscribed,
    close,
    setUp: (next: boolean) => {
      up = next
      if (!next) cut()
    },
    refusals: () => refusals,
    setRefuses: (next: boolean) => {
      refuses = next
    },
    setAcknowledges: (next: boolean) => {
      acknowledges = next
    },
    /** mqtt.js says nothing of what was under way when the connection closed. */
    setRejectsWhenCut: (next: boolean) => {
      rejectsWhenCut = next
    },
    deliver: (topic: string, payload: Uint8Array) => deliver(topic, payload),
  }
}

describe('the control link', () => {
  it('leaves a last will, subscribes to its own topics and says when it is online', async () => {
    const at = start()
    await at.clock.advance(10)
    expect(at.links).toEqual(['online'])
    const [request] = at.requests
    expect(request?.will.topic).toBe('device/kitchen/status')
    expect(JSON.parse(new TextDecoder().decode(request?.will.payload))).toEqual({ v: 1, online: false })
    expect(at.subscribed[0]).toContain('device/kitchen/wake/ack')
    expect(at.subscribed[0]?.every((topic) => topic.startsWith('device/kitchen/'))).toBe(true)
  })
  it('waits longer from attempt to attempt, up to 30 s', async () => {
    const at = start(false)
    await at.clock.advance(200_000)
    const waits = at.attemptsAtMs
      .slice(1)
      .map((ms, index) => Math.round((ms - (at.attemptsAtMs[index] ?? 0)) / 100) / 10)
    expect(waits.slice(0, 8)).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30])
  })
  it('tells a refusal from a broker that is away, at each attempt', async () => {
    const at = start(false)
    await at.clock.advance(5_000)
    expect([at.attemptsAtMs.length > 2, at.refusals()]).toEqual([true, 0])
    at.setRefuses(true)
    at.setUp(true)
    await at.clock.advance(20_000)
    expect(at.refusals()).toBeGreaterThan(1)
    expect(at.lines).toEqual(['the broker cannot be reached', 'the broker does not take the password of this speaker'])
    at.setRefuses(false)
    await at.clock.advance(31_000)
    expect(at.links).toEqual(['online'])
  })
  const wake = {
    session_id: 'A'.repeat(22),
    trigger: 'button',
    audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
    pre_roll_ms: 0,
  } as const
  it('sends what waited, in order, when it is back; a wake is forgotten instead', async () => {
    const at = start(false)
    at.link.publish('event', { type: 'button' })
    at.link.publish('wake', wake, 'now_or_never')
    at.link.publish('event', { type: 'mute_changed' })
    at.setUp(true)
    await at.clock.advance(2_000)
    expect(at.published).toEqual([
      'device/kitchen/event {"type":"button"}',
      'device/kitchen/event {"type":"mute_changed"}',
    ])
  })
  it.each([true, false])(
    'sends again what the broker had not acknowledged when the connection broke, but for a wake (told of it: %s)',
    async (isTold) => {
      const at = start()
      await at.clock.advance(10)
      at.setAcknowledges(false)
      at.setRejectsWhenCut(isTold)
      at.link.publish('event', { type: 'button' })
      at.link.publish('wake', wake, 'now_or_never')
      await at.clock.advance(10)
      expect(at.published.splice(0)).toEqual([
        'device/kitchen/event {"type":"button"}',
        expect.stringContaining('device/kitchen/wake'),
      ])
      at.setUp(false)
      at.setAcknowledges(true)
      at.setUp(true)
      await at.clock.advance(5_000)
      expect(at.published).toEqual(['device/kitchen/event {"type":"button"}'])
    },
  )
  it('keeps only the newest of a retained topic, and at most 256 of the rest', async () => {
    const at = start(false)
    for (let volume = 0; volume < 50; volume++) at.link.publish('status', { online: true, volume })
    for (let i = 0; i < 300; i++) at.link.publish('event', { type: 'button', code: `${i}` })
    expect(at.link.counters().dropped).toBe(45)
    at.setUp(true)
    await at.clock.advance(2_000)
    expect(at.published).toHaveLength(256)
    expect(at.published.at(-1)).toContain('"299"')
    expect(at.published.filter((line) => line.includes('status')).length).toBeLessThanOrEqual(1)
  })
  it('says goodbye when it is stopped', async () => {
    const at = start()
    await at.clock.advance(10)
    await at.close()
    expect(at.published).toEqual(['device/kitchen/status (retained) {"online":false}'])
    expect(at.links).toEqual(['online', 'offline'])
  })
  it('hands on valid messages and counts the rest', async () => {
    const at = start()
    await at.clock.advance(10)
    at.deliver('device/kitchen/bridge', encodeMessage('bridge', { udp: { host: 'h', port: 1 } }))
    at.deliver('device/kitchen/bridge', new Uint8Array([1, 2, 3]))
    at.deliver('device/other/bridge', encodeMessage('bridge', { udp: { host: 'h', port: 1 } }))
    at.deliver('device/kitchen/status', encodeMessage('status', { online: true }))
    expect(at.messages.map(({ kind }) => kind)).toEqual(['bridge'])
    expect(at.link.counters()).toMatchObject({ rejected: 3, unknownTopics: 2 })
  })
})

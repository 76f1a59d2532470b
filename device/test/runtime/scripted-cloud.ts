import { createOpusDecoder, createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import { createMemoryLink, type LinkConditions } from '@mynah/shared/streams/memory-transport.ts'
import type { ManualClock } from '@mynah/shared/time/manual-clock.ts'
import { createOpener, createSealer, type Datagram, type Sealer } from '@mynah/shared/wire/datagram.ts'
import { decodeFromDevice, encodeMessage, parseTopic } from '@mynah/shared/wire/message.ts'
import { deriveSessionKeys, streamIdHex } from '@mynah/shared/wire/session-keys.ts'
import {
  type FromDeviceKind,
  type FromDeviceMessage,
  type ToDeviceKind,
  type ToDeviceMessage,
  topicOf,
} from '@mynah/shared/wire/topics.ts'
import type { ConnectMqtt, MqttConnection, NetworkDeps } from '../../src/link/connect.ts'

export type Received = {
  [K in FromDeviceKind]: { kind: K; message: FromDeviceMessage<K>; atMs: number }
}[FromDeviceKind]

type Session = {
  readonly sealer: Sealer
  readonly opener: ReturnType<typeof createOpener>
  readonly decoder: ReturnType<typeof createOpusDecoder>
  transport: DatagramTransport | undefined
  onEnd: (() => Promise<void>) | undefined
  readonly heard: { datagram: Datagram; atMs: number; via: 'udp' | 'tunnel' }[]
}

export type ScriptedCloudOptions = {
  readonly clock: ManualClock
  readonly deviceId: string
  readonly deviceSecret: Uint8Array
  readonly conditions?: LinkConditions
  /** What happens on each message; the default acknowledges a wake. */
  readonly onMessage?: (received: Received, cloud: ScriptedCloud) => void
  readonly acknowledgesWake?: boolean
  readonly answersProbes?: boolean
}

/** A cloud in memory with real crypto, real Opus and a broker of one: the tests script what it says. */
export type ScriptedCloud = {
  readonly network: NetworkDeps
  readonly received: Received[]
  readonly of: <K extends FromDeviceKind>(kind: K) => FromDeviceMessage<K>[]
  readonly send: <K extends ToDeviceKind>(kind: K, message: Omit<ToDeviceMessage<K>, 'v'>) => void
  readonly session: (sessionId: string) => Session | undefined
  /** The speaker's sound is complete. */
  readonly onEndOfStream: (sessionId: string, then: () => Promise<void>) => void
  /** Frames of a reply, 20 ms each, the first ten at once; then the end. */
  readonly speak: (sessionId: string, frames: number) => Promise<void>
  readonly breakBroker: () => void
  readonly repairBroker: () => void
  readonly cutUdp: () => void
  /** The whole cloud is gone: broker, datagrams, tunnel. */
  readonly vanish: () => void
  readonly files: Map<string, Uint8Array>
  /** What it keeps for the tests of everything so far. */
  readonly forget: () => void
  readonly raw: (topic: string, payload: Uint8Array) => void
}

export const createScriptedCloud = (options: ScriptedCloudOptions): ScriptedCloud => {
  const { clock, deviceId, deviceSecret } = options
  const received: Received[] = []
  const sessions = new Map<string, Session>()
  const files = new Map<string, Uint8Array>()
  let links = 0
  let brokerUp = true
  let udpCut = false
  let gone = false
  let connection: { onMessage: (topic: string, payload: Uint8Array) => void; onClose: () => void } | undefined

  const onDatagram = (transport: DatagramTransport, via: 'udp' | 'tunnel') => (bytes: Uint8Array) => {
    if (gone || (via === 'udp' && udpCut)) return
    for (const session of sessions.values()) {
      const opened = session.opener.open(bytes.slice())
      if (!opened.ok) continue
      session.transport = transport
      session.heard.push({ datagram: opened.value, atMs: clock.now(), via })
      if (opened.value.type === 'end_of_stream') void session.onEnd?.()
      if (opened.value.type === 'probe' && options.answersProbes !== false) {
        transport.send(session.sealer.seal({ type: 'probe_reply', mediaTime: 0, payload: new Uint8Array() }))
      }
    }
  }
  const connectDatagrams = (via: 'udp' | 'tunnel') => {
    const link = createMemoryLink({ clock, seed: 7 + links++, ...(via === 'udp' ? options.conditions : {}) })
    link.b.onDatagram(onDatagram(link.b, via))
    return Promise.resolve(link.a)
  }
  const openSession = (sessionId: string) => {
    const keys = deriveSessionKeys(deviceSecret, sessionId)
    sessions.set(sessionId, {
      sealer: createSealer({ key: keys.downlinkKey, streamId: keys.streamId, direction: 'downlink' }),
      opener: createOpener({ key: keys.uplinkKey, streamId: keys.streamId, direction: 'uplink' }),
      decoder: createOpusDecoder({ sampleRateHz: 16_000 }),
      transport: undefined,
      onEnd: undefined,
      heard: [],
    })
    return streamIdHex(keys.streamId)
  }
  const send: ScriptedCloud['send'] = (kind, message) => {
    // A kind and its message belong together; the generic `Omit` hides it.
    connection?.onMessage(topicOf(deviceId, kind), encodeMessage(kind, message as never))
  }
  const receive = (topicText: string, payload: Uint8Array) => {
    const topic = parseTopic(topicText)
    if (topic?.direction !== 'from_device') throw new Error(`not a topic of a device: ${topicText}`)
    const decoded = decodeFromDevice(topic.kind, payload)
    if (!decoded.ok) throw new Error(`${topic.kind}: ${decoded.error.message}`)
    const got = { kind: topic.kind, message: decoded.value, atMs: clock.now() } as Received
    received.push(got)
    if (got.kind === 'wake') {
      const stream = openSession(got.message.session_id)
      if (options.acknowledgesWake !== false) {
        send('wake/ack', {
          session_id: got.message.session_id,
          accepted: true,
          udp: { host: '127.0.0.1', port: 4000, stream },
          downlink: { sample_rate_hz: 24_000, frame_ms: 20, lead_ms: 200 },
        })
      }
    }
    options.onMessage?.(got, cloud)
  }
  const connectMqtt: ConnectMqtt = async () => {
    if (!brokerUp) throw new Error('connection refused')
    const current = { onMessage: (_topic: string, _payload: Uint8Array) => {}, onClose: () => {} }
    connection = current
    const opened: MqttConnection = {
      publish: async (topic, payload) => {
        if (connection !== current) throw new Error('connection closed')
        // A broker answers later, never within the call.
        await Promise.resolve()
        receive(topic, payload)
      },
      subscribe: async () => {},
      onMessage: (listener) => {
        current.onMessage = listener
      },
      onClose: (listener) => {
        current.onClose = listener
      },
      close: async () => {
        if (connection === current) connection = undefined
      },
    }
    return opened
  }
  const breakBroker = () => {
    brokerUp = false
    const closing = connection
    connection = undefined
    closing?.onClose()
  }
  const cloud: ScriptedCloud = {
    received,
    files,
    of: (kind) => received.filter((got) => got.kind === kind).map((got) => got.message) as never, // filtered by kind
    send,
    session: (sessionId) => sessions.get(sessionId),
    onEndOfStream: (sessionId, then) => {
      const session = sessions.get(sessionId)
      if (session) session.onEnd = then
    },
    speak: async (sessionId, frames) => {
      const session = sessions.get(sessionId)
      const encoder = createOpusEncoder({ sampleRateHz: 24_000, bitrateBps: 32_000, complexity: 5 })
      const tone = new Int16Array(480)
      let earlier: readonly Uint8Array[] = []
      for (let index = 0; index < frames; index++) {
        for (let i = 0; i < 480; i++) tone[i] = 8_000 * Math.sin((2 * Math.PI * 440 * (index * 480 + i)) / 24_000)
        const payload = encoder.encode(tone)
        const sealed = session?.sealer.seal({
          type: 'audio',
          marker: index === 0,
          mediaTime: index * 480,
          payload,
          redundancy: earlier,
        })
        earlier = [payload, ...earlier].slice(0, 2)
        if (gone) return
        if (sealed) session?.transport?.send(sealed)
        if (index >= 9) await clock.sleep(20)
      }
      // As the bridge does: three times, in case one is lost.
      for (let repeat = 0; repeat < 3 && !gone; repeat++) {
        const end = session?.sealer.seal({ type: 'end_of_stream', mediaTime: frames * 480, payload: new Uint8Array() })
        if (end) session?.transport?.send(end)
        await clock.sleep(20)
      }
    },
    breakBroker,
    repairBroker: () => {
      brokerUp = true
    },
    cutUdp: () => {
      udpCut = true
    },
    vanish: () => {
      gone = true
      breakBroker()
    },
    forget: () => {
      received.length = 0
      sessions.clear()
    },
    raw: (topic, payload) => connection?.onMessage(topic, payload),
    network: {
      connectMqtt,
      connectUdp: () => connectDatagrams('udp'),
      connectTunnel: () => (gone ? Promise.reject(new Error('refused')) : connectDatagrams('tunnel')),
      fetch: async (url) => {
        const file = files.get(new URL(String(url)).pathname)
        return file ? new Response(file.slice()) : new Response('no such file', { status: 404 })
      },
    },
  }
  return cloud
}

import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { parseTopic } from '@mynah/shared/wire/message.ts'
import { maxPayloadBytes, retainedKinds, topicOf } from '@mynah/shared/wire/topics.ts'
import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes'
import type { DeviceCredentials } from '../auth/device-credentials.ts'
import { createRateLimit } from '../auth/rate-limit.ts'
import { explainListenError } from '../gateway/port-taken.ts'
import { type Admission, createAdmission } from './admission.ts'
import type { BrokerClient, DeviceMessage, Presence } from './broker-client.ts'
import type { DropCount } from './drop-count.ts'
import { maySubscribe, readInbound } from './inbound.ts'
import { createListeners } from './listeners.ts'
import { encodeOrDrop } from './outbound.ts'
import { createPacketLengthGuard } from './packet-length-guard.ts'
import { createRetainedMessages } from './retained-messages.ts'

export type EmbeddedBrokerDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly credentials: DeviceCredentials
  readonly drop: DropCount
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer }
  readonly maxConnections: number
  /** Resolves when what listeners wrote is on disk; a message is acknowledged then. At once where every commit waits by itself. */
  readonly durable?: () => Promise<void>
}

/** A packet may carry the largest message, its topic and, in CONNECT, a will as well as credentials. */
const maxPacketBytes = maxPayloadBytes + 4 * 1_024
const connectTimeoutMs = 10_000
const keepaliveLimitSeconds = 600
/**
 * Three hundred at once, then as many a second: at two milliseconds each (docs/scaling.md) that leaves the process some time for turns
 * meanwhile, and ten thousand speakers are back within forty seconds. Those who would wait longer than eight seconds, when speakers give
 * up, are cut and come again with back-off.
 */
const admittance = { perSecond: 300, burst: 300, maxWaiting: 2_400 } as const
const tlsLimits = { minVersion: 'TLSv1.2', handshakeTimeout: connectTimeoutMs } as const
/** Where dropped packets are sent: nobody can subscribe to it, so they end there and are not kept. */
const nowhere = '$mynah/dropped'

type Gate = Pick<EmbeddedBrokerDeps, 'clock' | 'credentials' | 'drop' | 'durable'> & {
  deliver: (message: DeviceMessage) => void
}

const addressOf = (client: Client): string => ('remoteAddress' in client.conn ? (client.conn.remoteAddress ?? '') : '')

const refused = (returnCode: 4 | 5, message: string) => Object.assign(new Error(message), { returnCode })

/** Takes a packet off the air without cutting the speaker off, which is what Mosquitto does too. */
const sendNowhere = (packet: PublishPacket) => {
  packet.topic = nowhere
  packet.payload = Buffer.alloc(0)
  packet.retain = false
}

const authentication = ({ clock, credentials, drop }: Gate): Required<Pick<AedesOptions, 'authenticate'>> => {
  const failures = createRateLimit({ clock, burst: 30, perSecond: 0.5, maxKeys: 10_000 })
  return {
    authenticate: (client, username, password, done) => {
      const address = addressOf(client)
      if (failures.isExhausted(address)) {
        drop({ reason: 'credentials_refused', detail: 'too many wrong passwords from this address' })
        done(refused(5, 'too many attempts'), false)
        return
      }
      // One connection per speaker: the client id is the speaker's, so that a second one takes over from the first.
      const right = credentials.check(username ?? '', password?.toString('utf8') ?? '')
      if (right && client.id === username) {
        done(null, true)
        return
      }
      failures.take(address)
      drop({
        reason: 'credentials_refused',
        detail: right ? 'the client id is not the device id' : 'wrong device id or password',
      })
      done(refused(4, 'bad device id or password'), false)
    },
  }
}

const authorization = ({ clock, drop, deliver, durable }: Gate): AedesOptions => {
  const messages = createRateLimit({ clock, burst: 200, perSecond: 50, maxKeys: 20_000 })
  return {
    authorizePublish: (client, packet, done) => {
      const publisherId = client?.id ?? ''
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
      const inbound = messages.take(publisherId)
        ? readInbound({ publisherId, topic: packet.topic, payload })
        : ({ ok: false, error: { reason: 'rate_limited', detail: 'more than 50 messages per second' } } as const)
      if (inbound.ok) {
        // Only the kinds of topics.ts are kept for late subscribers, whatever the speaker asks for.
        packet.retain = retainedKinds.has(inbound.value.kind)
        deliver(inbound.value)
        // A status is written later by itself, and the next one comes in half a minute: nobody waits for it.
        if (durable && inbound.value.kind !== 'status') {
          durable().then(
            () => done(null),
            (error: Error) => done(error),
          )
          return
        }
      } else {
        drop(inbound.error, publisherId)
        sendNowhere(packet)
      }
      done(null)
    },
    authorizeSubscribe: (client, subscription, done) => {
      if (maySubscribe(client.id, subscription.topic)) {
        done(null, subscription)
        return
      }
      drop({ reason: 'subscription_refused', detail: 'a topic that is not its own' }, client.id)
      done(null, null)
    },
    // A speaker that subscribes to `#` does not want its own messages back.
    authorizeForward: (client, packet) => (readableBy(client.id, packet.topic) ? packet : null),
  }
}

const readableBy = (deviceId: string, topic: string): boolean => {
  const parsed = parseTopic(topic)
  return parsed !== undefined && parsed.deviceId === deviceId && parsed.direction === 'to_device'
}

/** Counts the bytes of each packet on the way from the socket to the parser. */
const guardSocket = (socket: Socket, drop: DropCount) => {
  const guard = createPacketLengthGuard(maxPacketBytes)
  const read = socket.read.bind(socket)
  socket.read = (size?: number) => {
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array) || guard.accepts(chunk)) return chunk
    drop({ reason: 'packet_too_long', detail: `a packet of more than ${maxPacketBytes} bytes` })
    socket.destroy()
    return null
  }
}

const listen = (server: Server, { host, port }: Pick<EmbeddedBrokerDeps, 'host' | 'port'>): Promise<number> =>
  new Promise((resolve, reject) => {
    const use = { port, protocol: 'tcp', purpose: 'MQTT, control of the speakers', option: '--mqtt-port' } as const
    server.once('error', (error) => reject(explainListenError(error, use)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })

/** Ends the server and its sockets; a socket that does not close by itself is cut. */
const closeServer = (server: Server, sockets: ReadonlySet<Socket>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })

/** Takes the retained messages out of the memory of aedes, which looks through all of them for each subscription. */
const keepRetainedBySpeaker = (aedes: Aedes) => {
  const retained = createRetainedMessages<PublishPacket>()
  // Its type does not show it; `AedesOptions.persistence` documents these methods.
  const { persistence } = aedes as Aedes & { readonly persistence: object }
  Object.assign(persistence, {
    storeRetained: async (packet: PublishPacket) => retained.store(packet),
    createRetainedStream: (filter: string) => retained.matching([filter]),
    createRetainedStreamCombi: retained.matching,
  })
}

const createAedes = async (gate: Gate): Promise<Aedes> => {
  const aedes = await Aedes.createBroker({
    connectTimeout: connectTimeoutMs,
    keepaliveLimit: keepaliveLimitSeconds,
    maxInflightInbound: 50,
    maxTopicLevels: 8,
    drainTimeout: 10_000,
    // Messages for an absent speaker are not collected: what must wait for it is retained or in the store.
    preConnect: (_client, packet, done) => {
      packet.clean = true
      done(null, true)
    },
    ...authentication(gate),
    ...authorization(gate),
  })
  keepRetainedBySpeaker(aedes)
  return aedes
}

type Listener = {
  readonly admission: Admission
  readonly server: Server
  readonly sockets: ReadonlySet<Socket>
  readonly port: number
}

/** Hands each connection to aedes, counted and guarded. */
const startListener = async (deps: EmbeddedBrokerDeps, aedes: Aedes): Promise<Listener> => {
  const { tls, drop, log } = deps
  const sockets = new Set<Socket>()
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  const admission = createAdmission({ clock: deps.clock, ...admittance })
  const accept = (socket: Socket) => {
    track(socket)
    socket.setNoDelay(true)
    // One that broke while it waited; aedes listens only from `handle` on.
    socket.on('error', () => {})
    const admit = () => {
      if (socket.destroyed) return
      guardSocket(socket, drop)
      aedes.handle(socket)
    }
    if (admission.ask(admit)) return
    drop({ reason: 'too_many_connecting', detail: 'too many connections at once' })
    socket.destroy()
  }
  const server = tls ? createTlsServer({ ...tls, ...tlsLimits }, accept) : createServer(accept)
  // Also those whose TLS handshake never ends, so that closing does not wait for them.
  if (tls) server.on('connection', track)
  server.on('tlsClientError', (error) => log.debug('TLS handshake failed', { error }))
  server.maxConnections = deps.maxConnections
  const port = await listen(server, deps)
  server.on('error', (error) => log.error('MQTT listener failed', { error }))
  return { admission, server, sockets, port }
}

const closeAedes = (aedes: Aedes): Promise<void> => new Promise((resolve) => aedes.close(resolve))

/**
 * The broker of the default installation, inside this process. The cloud itself never connects to it: it publishes and listens by
 * function call, so there is no credential that a network client could guess. Rejects with `PortTakenError`.
 */
export const startEmbeddedBroker = async (
  deps: EmbeddedBrokerDeps,
): Promise<BrokerClient & { readonly port: number }> => {
  const { clock, credentials, drop, log, durable } = deps
  const messages = createListeners<DeviceMessage>(log)
  const presences = createListeners<Presence>(log)
  const aedes = await createAedes({ clock, credentials, drop, deliver: messages.call, ...(durable && { durable }) })
  aedes.on('clientReady', (client) => presences.call({ deviceId: client.id, connected: true }))
  aedes.on('clientDisconnect', (client) => presences.call({ deviceId: client.id, connected: false }))
  // Broken connections are daily business; what was wrong with them is in the drop count.
  aedes.on('clientError', (client, error) => log.debug('connection of a speaker broke', { deviceId: client.id, error }))
  aedes.on('connectionError', (_client, error) => log.debug('connection refused', { error }))
  const { admission, server, sockets, port } = await startListener(deps, aedes).catch(async (error: unknown) => {
    await closeAedes(aedes)
    throw error
  })
  return {
    port,
    deviceUrlAt: (host) => `${deps.tls ? 'mqtts' : 'mqtt'}://${hostInUrl(host)}:${port}`,
    publish: (deviceId, kind, message) => {
      const payload = encodeOrDrop(drop, deviceId, kind, message)
      if (!payload || aedes.closed) return
      const retain = retainedKinds.has(kind)
      const packet = { cmd: 'publish', topic: topicOf(deviceId, kind), payload, qos: 1, retain, dup: false } as const
      aedes.publish(packet, (error) => error && drop({ reason: 'unsendable', detail: error.message }, deviceId))
    },
    onMessage: messages.add,
    onPresence: presences.add,
    disconnect: (deviceId) => {
      for (const socket of sockets) if (clientOf(socket) === deviceId) socket.destroy()
    },
    isConnected: () => server.listening,
    close: async () => {
      admission.close()
      await closeServer(server, sockets)
      await closeAedes(aedes)
    },
  }
}

/** aedes hangs its client on the connection. */
const clientOf = (socket: Socket & { readonly client?: { readonly id: string | null } }) => socket.client?.id

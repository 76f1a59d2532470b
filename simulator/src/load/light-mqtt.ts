import { connect, type Socket } from 'node:net'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { requireLoopback } from './loopback.ts'

/** One MQTT 3.1.1 connection with as little as a speaker needs: a tenth of the memory of a full client. */
export type LightMqtt = {
  /** QoS 1. Resolves with true when the broker has acknowledged it, with false when the connection ended before. */
  readonly publish: (topic: string, payload: string, retain: boolean) => Promise<boolean>
  /** Cuts the connection as a power failure does. */
  readonly cut: () => void
  /** Says goodbye. */
  readonly close: () => void
}

export type LightMqttOptions = {
  readonly clock: Clock
  readonly host: string
  readonly port: number
  readonly clientId: string
  readonly password: string
  readonly will: { readonly topic: string; readonly payload: string }
  readonly topics: readonly string[]
  readonly onMessage: (topic: string, payload: Buffer) => void
  readonly onClose: () => void
}

const keepaliveS = 20
const connectLimitMs = 15_000
const maxMessageId = 65_535

const connectPacket = ({ clientId, password, will }: LightMqttOptions): Packet => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId,
  username: clientId,
  password: Buffer.from(password),
  keepalive: keepaliveS,
  will: { topic: will.topic, payload: will.payload, qos: 1, retain: true },
})

/** Connects and subscribes. Rejects when the broker refuses, is full or does not answer. */
export const connectLightMqtt = (options: LightMqttOptions): Promise<LightMqtt> =>
  new Promise((resolve, reject) => {
    const { clock } = options
    const socket: Socket = connect({ host: requireLoopback(options.host), port: options.port, noDelay: true })
    const packets = parser({ protocolVersion: 4 })
    const waiting = new Map<number, (acknowledged: boolean) => void>()
    let nextId = 1
    let heartbeat: Timer | undefined
    let settled = false
    let lastSentMs = clock.now()

    const send = (packet: Packet) => {
      lastSentMs = clock.now()
      if (!socket.destroyed) socket.write(generate(packet))
    }
    const fail = (error: Error) => {
      if (!settled) reject(error)
      settled = true
      socket.destroy()
    }
    const patience = clock.startTimer(connectLimitMs, () => fail(new Error('the broker does not answer')))
    const beat = () => {
      if (socket.destroyed) return
      if (clock.now() - lastSentMs > (keepaliveS * 1_000) / 2) send({ cmd: 'pingreq' })
      heartbeat = clock.startTimer((keepaliveS * 1_000) / 2, beat)
    }
    const takeId = () => {
      const id = nextId
      nextId = (nextId % maxMessageId) + 1
      return id
    }
    const onPublish = (packet: IPublishPacket) => {
      if (packet.qos === 1 && packet.messageId !== undefined) send({ cmd: 'puback', messageId: packet.messageId })
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
      options.onMessage(packet.topic, payload)
    }
    const link: LightMqtt = {
      publish: (topic, payload, retain) =>
        new Promise((acknowledge) => {
          if (socket.destroyed) return acknowledge(false)
          const messageId = takeId()
          waiting.set(messageId, acknowledge)
          send({ cmd: 'publish', topic, payload, qos: 1, retain, dup: false, messageId })
        }),
      cut: () => void socket.destroy(),
      close: () => {
        send({ cmd: 'disconnect' })
        socket.end()
      },
    }
    const onPacket = (packet: Packet) => {
      switch (packet.cmd) {
        case 'connack':
          if (packet.returnCode !== 0) return fail(new Error(`the broker refuses with code ${packet.returnCode}`))
          return send({
            cmd: 'subscribe',
            messageId: takeId(),
            subscriptions: options.topics.map((topic) => ({ topic, qos: 1 as const })),
          })
        case 'suback':
          patience.cancel()
          settled = true
          heartbeat = clock.startTimer((keepaliveS * 1_000) / 2, beat)
          return resolve(link)
        case 'publish':
          return onPublish(packet)
        case 'puback': {
          const acknowledge = waiting.get(packet.messageId ?? 0)
          waiting.delete(packet.messageId ?? 0)
          return acknowledge?.(true)
        }
        default:
          return
      }
    }
    packets.on('packet', onPacket)
    packets.on('error', fail)
    socket.on('data', (bytes) => packets.parse(bytes))
    socket.on('error', fail)
    socket.once('connect', () => send(connectPacket(options)))
    socket.once('close', () => {
      patience.cancel()
      heartbeat?.cancel()
      if (!settled) return fail(new Error('the broker closed the connection before it was accepted'))
      for (const acknowledge of waiting.values()) acknowledge(false)
      waiting.clear()
      options.onClose()
    })
  })

import { connect, type Socket } from 'node:net'

/**
 * As much of MQTT 3.1.1 as a thousand speakers in one process need: connect, subscribe, publish and receive at QoS 1. Packets are
 * `type and flags (1 byte), remaining length (1 to 4 bytes, seven bits each), body`.
 */
export type LightMqtt = {
  readonly publish: (topic: string, payload: string) => void
  /** Publishes that the broker has acknowledged. */
  readonly acknowledged: () => number
  readonly close: () => void
}
type Options = {
  readonly port: number
  readonly deviceId: string
  readonly password: string
  readonly topics: readonly string[]
  readonly onMessage: (topic: string, payload: string) => void
  readonly onClosed: () => void
}

const packetTypes = {
  connect: 0x10,
  connack: 2,
  publish: 3,
  publishQos1: 0x32,
  puback: 0x40,
  subscribe: 0x82,
  suback: 9,
}
const keepaliveS = 300
const qosMask = 6
/** User name, password, clean session. */
const connectFlags = 0xc2

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}
const packet = (typeAndFlags: number, ...body: readonly Uint8Array[]): Buffer => {
  let left = body.reduce((sum, part) => sum + part.length, 0)
  const head = [typeAndFlags]
  do {
    head.push((left & 127) | (left > 127 ? 128 : 0))
    left >>= 7
  } while (left > 0)
  return Buffer.concat([Buffer.from(head), ...body])
}

type Packet = { readonly type: number; readonly flags: number; readonly body: Buffer; readonly length: number }

/** The first packet in `bytes`; undefined while it is not whole. */
const firstPacket = (bytes: Buffer): Packet | undefined => {
  let length = 0
  for (let index = 1; index < Math.min(bytes.length, 5); index++) {
    const byte = bytes[index] ?? 0
    length |= (byte & 127) << (7 * (index - 1))
    if (byte > 127) continue
    const end = index + 1 + length
    if (bytes.length < end) return undefined
    const first = bytes[0] ?? 0
    return { type: first >> 4, flags: first & 15, body: bytes.subarray(index + 1, end), length: end }
  }
  return undefined
}

/** Resolves when the broker has taken the subscription. */
export const connectLightMqtt = ({
  port,
  deviceId,
  password,
  topics,
  onMessage,
  onClosed,
}: Options): Promise<LightMqtt> =>
  new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true })
    let pending: Buffer = Buffer.alloc(0)
    let lastId = 1
    let acknowledged = 0
    let isOpen = false
    const idBytes = (id: number) => Buffer.from([id >> 8, id & 255])
    const mqtt: LightMqtt = {
      publish: (topic, payload) => {
        lastId = (lastId % 65_535) + 1
        socket.write(packet(packetTypes.publishQos1, text(topic), idBytes(lastId), Buffer.from(payload)))
      },
      acknowledged: () => acknowledged,
      close: () => socket.destroy(),
    }
    const subscribe = () => {
      const filters = topics.map((topic) => Buffer.concat([text(topic), Buffer.from([1])]))
      socket.write(packet(packetTypes.subscribe, idBytes(1), ...filters))
    }
    const onPublish = (flags: number, body: Buffer) => {
      const topicEnd = 2 + body.readUInt16BE(0)
      const idLength = flags & qosMask ? 2 : 0
      if (idLength > 0) socket.write(packet(packetTypes.puback, body.subarray(topicEnd, topicEnd + idLength)))
      onMessage(body.toString('utf8', 2, topicEnd), body.toString('utf8', topicEnd + idLength))
    }
    const onPacket = ({ type, flags, body }: Packet) => {
      switch (type) {
        case packetTypes.connack:
          return body[1] === 0 ? subscribe() : reject(new Error(`${deviceId} was refused: ${body[1]}`))
        case packetTypes.suback:
          isOpen = true
          return resolve(mqtt)
        case packetTypes.puback >> 4:
          acknowledged += 1
          return
        case packetTypes.publish:
          return onPublish(flags, body)
      }
    }
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      for (let next = firstPacket(pending); next; next = firstPacket(pending)) {
        pending = pending.subarray(next.length)
        onPacket(next)
      }
    })
    socket.once('connect', () => {
      const options = Buffer.from([4, connectFlags, keepaliveS >> 8, keepaliveS & 255])
      socket.write(packet(packetTypes.connect, text('MQTT'), options, text(deviceId), text(deviceId), text(password)))
    })
    socket.once('error', reject)
    socket.once('close', () => (isOpen ? onClosed() : reject(new Error(`${deviceId}: the connection was closed`))))
  })

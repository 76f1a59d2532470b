import type { Log } from '@mynah/shared/log/log.ts'
import type { FromDeviceKind } from '@mynah/shared/wire/topics.ts'
import { fromDevice, retainedKinds, topicOf } from '@mynah/shared/wire/topics.ts'
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { BrokerClient, DeviceMessage } from './broker-client.ts'
import type { DropCount } from './drop-count.ts'
import { readInbound } from './inbound.ts'
import { createListeners } from './listeners.ts'
import { encodeOrDrop } from './outbound.ts'

export type ExternalBrokerDeps = {
  readonly log: Log
  readonly drop: DropCount
  /** `mqtt://` or `mqtts://`, without credentials. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** What speakers are told; the broker's own URL unless they reach it by another name. */
  readonly deviceUrl?: string
  readonly reconnectMs?: number
}

const brokerWaitMs = 10_000
const reconnectMs = 1_000
const kinds = Object.keys(fromDevice) as FromDeviceKind[]
/** One subscription per kind: topics that no speaker may write do not reach this process at all. */
const filters = kinds.map((kind) => `device/+/${kind}`)

const optionsOf = (deps: ExternalBrokerDeps): IClientOptions => ({
  username: deps.username,
  password: deps.password,
  clientId: deps.username,
  clean: true,
  protocolVersion: 4,
  keepalive: 30,
  connectTimeout: brokerWaitMs,
  reconnectPeriod: deps.reconnectMs ?? reconnectMs,
  resubscribe: false,
  queueQoSZero: false,
})

/** Retained messages that could not be sent yet, the newest per topic; they go out as soon as the broker is back. */
const createRetainedBacklog = () => {
  const waiting = new Map<string, Buffer>()
  const maxTopics = 50_000
  return {
    add: (topic: string, payload: Buffer): boolean => {
      if (waiting.size >= maxTopics && !waiting.has(topic)) return false
      waiting.set(topic, payload)
      return true
    },
    drain: (send: (topic: string, payload: Buffer) => void) => {
      for (const [topic, payload] of waiting) send(topic, payload)
      waiting.clear()
    },
  }
}

const subscribe = (client: MqttClient, log: Log) => {
  client.subscribe(filters, { qos: 1 }, (error, granted) => {
    const refused = granted?.filter(({ qos }) => qos === 128).map(({ topic }) => topic) ?? []
    if (error || refused.length > 0) {
      log.error(
        'the broker refuses subscriptions of the cloud: check its ACL (npm run cloud -- broker-files writes one)',
        { error, refused },
      )
    }
  })
}

const firstConnection = (client: MqttClient, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let lastError: Error | undefined
    client.on('error', (error) => {
      lastError = error
    })
    client.once('connect', () => resolve())
    client.once('close', () => {
      reject(
        new Error(`The MQTT broker ${url} cannot be reached or refuses the cloud's credentials`, { cause: lastError }),
      )
    })
  })

/** A command that waits for the acknowledgement of the one before (Nagle) is 40 ms late. The stream is a socket, or TLS over one. */
const sendAtOnce = ({ stream }: MqttClient) => {
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
}

/** Each failed attempt to come back closes again; the loss is told once. */
const tellOfLosses = (client: MqttClient, { log, url }: ExternalBrokerDeps) => {
  let isLost = false
  client.on('connect', () => {
    isLost = false
  })
  client.on('close', () => {
    if (!isLost) log.warn('connection to the MQTT broker lost', { url })
    isLost = true
  })
}

/** Listeners run before mqtt.js acknowledges: see BrokerClient.onMessage. */
const deliverTo = (client: MqttClient, deliver: (message: DeviceMessage) => void, drop: DropCount) => {
  client.handleMessage = ({ topic, payload }: IPublishPacket, done) => {
    const inbound = readInbound({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload })
    if (inbound.ok) deliver(inbound.value)
    else drop(inbound.error)
    done()
  }
}

/**
 * A broker of its own (Mosquitto, EMQX ...), reached by URL with the cloud's credentials. The broker must hold the speakers'
 * passwords and the ACL (broker/mosquitto-files.ts writes both for Mosquitto): a speaker may write only its own from-device topics,
 * read only its own. Rejects when the first connection fails; afterwards it reconnects by itself.
 */
export const connectExternalBroker = async (deps: ExternalBrokerDeps): Promise<BrokerClient> => {
  const { log, drop } = deps
  const messages = createListeners<DeviceMessage>(log)
  const backlog = createRetainedBacklog()
  const client = connect(deps.url, optionsOf(deps))

  deliverTo(client, messages.call, drop)
  const send = (topic: string, payload: Buffer, retain: boolean) =>
    client.publish(topic, payload, { qos: 1, retain }, (error) => {
      if (error) drop({ reason: 'unsendable', detail: error.message })
    })
  client.on('connect', () => {
    sendAtOnce(client)
    subscribe(client, log)
    backlog.drain((topic, payload) => send(topic, payload, true))
    log.info('connected to the MQTT broker', { url: deps.url })
  })
  try {
    await firstConnection(client, deps.url)
  } catch (error) {
    await client.endAsync(true)
    throw error
  }
  tellOfLosses(client, deps)
  return {
    deviceUrlAt: () => deps.deviceUrl ?? deps.url,
    publish: (deviceId, kind, message) => {
      const payload = encodeOrDrop(drop, deviceId, kind, message)
      if (!payload) return
      const topic = topicOf(deviceId, kind)
      const retain = retainedKinds.has(kind)
      // What belongs to a running turn is stale when the broker returns; only what is retained waits for it.
      if (client.connected) send(topic, payload, retain)
      else if (!retain || !backlog.add(topic, payload)) {
        drop({ reason: 'not_connected', detail: `${kind} while the broker was away` }, deviceId)
      }
    },
    onMessage: messages.add,
    onPresence: () => () => {},
    disconnect: () => {},
    isConnected: () => client.connected,
    close: async () => {
      client.removeAllListeners('close')
      await client.endAsync(true)
    },
  }
}

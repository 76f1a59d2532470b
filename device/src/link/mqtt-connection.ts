import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { type ConnectMqtt, type MqttConnection, type MqttConnectRequest, MqttRefusedError } from './connect.ts'

const keepaliveS = 20
const connectTimeoutMs = 8_000
/** MQTT 5 first; a broker of 3.1.1 only refuses it with this code. */
const unacceptableProtocolVersion = 1
/** MQTT 3.1.1 table 3.1: bad user name or password, not authorized; MQTT 5 section 3.2.2.2: the same two. */
const refusedCredentials: readonly unknown[] = [4, 5, 0x86, 0x87]

const optionsOf = (request: MqttConnectRequest, protocolVersion: 4 | 5): IClientOptions => ({
  protocolVersion,
  clientId: request.clientId,
  username: request.username,
  password: request.password,
  clean: true,
  keepalive: keepaliveS,
  connectTimeout: connectTimeoutMs,
  // Retrying belongs to the control link: its back-off has jitter.
  reconnectPeriod: 0,
  resubscribe: false,
  will: { topic: request.will.topic, payload: Buffer.from(request.will.payload), qos: 1, retain: true },
})

/**
 * `ConnectMqtt` by mqtt.js: MQTT 5, or 3.1.1 where the broker knows only that. Nagle is off: with it each message waits 40 ms
 * for the acknowledgement of the one before.
 */
export const createMqttConnector = (): ConnectMqtt => {
  const olderBrokers = new Set<string>()
  return async (request) => {
    if (!olderBrokers.has(request.url)) {
      try {
        return await connectOnce(request, 5)
      } catch (error) {
        if (!isVersionRefusal(error)) throw error
        olderBrokers.add(request.url)
      }
    }
    return connectOnce(request, 4)
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
const isVersionRefusal = (error: unknown): boolean => codeOf(error) === unacceptableProtocolVersion

const connectOnce = (request: MqttConnectRequest, protocolVersion: 4 | 5): Promise<MqttConnection> =>
  new Promise((resolve, reject) => {
    const client = connect(request.url, optionsOf(request, protocolVersion))
    const fail = (error: Error) => {
      client.end(true)
      reject(refusedCredentials.includes(codeOf(error)) ? new MqttRefusedError(error) : error)
    }
    // Kept for the life of the client: an error without a listener would end the process.
    client.on('error', fail)
    client.once('close', () => fail(new Error('the broker closed the connection before it was accepted')))
    client.once('connect', () => {
      setNoDelay(client)
      resolve(connectionOf(client))
    })
  })

const setNoDelay = (client: MqttClient) => {
  const { stream } = client
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
}

const connectionOf = (client: MqttClient): MqttConnection => ({
  publish: (topic, payload, { retain }) =>
    new Promise((resolve, reject) => {
      client.publish(topic, Buffer.from(payload), { qos: 1, retain }, (error) => (error ? reject(error) : resolve()))
    }),
  subscribe: async (topics) => {
    await client.subscribeAsync([...topics], { qos: 1 })
  },
  onMessage: (listener) => {
    client.on('message', (topic, payload) => listener(topic, payload))
  },
  onClose: (listener) => {
    client.once('close', listener)
  },
  close: async () => {
    await client.endAsync()
  },
})

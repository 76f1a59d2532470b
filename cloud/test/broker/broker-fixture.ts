import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { createDeviceCredentials } from '../../src/auth/device-credentials.ts'
import type { BrokerClient } from '../../src/broker/broker-client.ts'
import { createDropCount } from '../../src/broker/drop-count.ts'
import { startEmbeddedBroker } from '../../src/broker/embedded.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { startMosquitto } from './mosquitto.ts'

export const secretOf = (deviceId: string): Uint8Array => new Uint8Array(32).fill(deviceId.charCodeAt(0))
const enrolled = ['kitchen', 'bedroom', 'absent']

export type BrokerUnderTest = {
  readonly broker: BrokerClient
  readonly url: string
  readonly droppedFor: (reason: string) => number
  readonly stop: () => Promise<void>
}

const createDrops = () => {
  const counter = createMetrics().counter('drops', 'drops')
  return {
    drop: createDropCount({ clock: systemClock, log: silentLog, counter }),
    droppedFor: (reason: string) => counter.value({ reason }),
  }
}

export const startEmbedded = async (
  more: { readonly durable?: () => Promise<void> } = {},
): Promise<BrokerUnderTest> => {
  const { drop, droppedFor } = createDrops()
  const credentials = createDeviceCredentials({
    find: (deviceId) =>
      enrolled.includes(deviceId)
        ? { deviceId, homeId: 'home', secret: secretOf(deviceId), enrolledAt: '', revoked: false }
        : undefined,
  })
  const broker = await startEmbeddedBroker({
    clock: systemClock,
    log: silentLog,
    credentials,
    drop,
    host: '127.0.0.1',
    port: 0,
    maxConnections: 100,
    ...more,
  })
  return { broker, url: broker.deviceUrlAt('127.0.0.1'), droppedFor, stop: broker.close }
}

export const startExternal = async (): Promise<BrokerUnderTest> => {
  const { drop, droppedFor } = createDrops()
  const devices = enrolled.map((deviceId) => ({ deviceId, secret: secretOf(deviceId) }))
  return { ...(await startMosquitto({ devices, drop })), droppedFor }
}

/** A speaker's own connection, made as every MQTT client makes it. */
export const connectDevice = (url: string, deviceId: string, options: IClientOptions = {}): Promise<MqttClient> =>
  connectAsync(url, {
    username: deviceId,
    password: mqttPasswordOf(secretOf(deviceId)),
    clientId: deviceId,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...options,
  })

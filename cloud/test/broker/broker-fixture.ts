import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { createDeviceCredentials } from '../../src/auth/device-credentials.ts'
import type { BrokerClient } from '../../src/broker/broker-client.ts'
import { createDropCount } from '../../src/broker/drop-count.ts'
import { startEmbeddedBroker } from '../../src/broker/embedded.ts'
import { connectExternalBroker } from '../../src/broker/external.ts'
import { mosquittoAcl, mosquittoConf, mosquittoPasswords } from '../../src/broker/mosquitto-files.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { temporaryFolder } from '../temporary-store.ts'

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
    publicHost: '127.0.0.1',
    maxConnections: 100,
    ...more,
  })
  return { broker, url: broker.deviceUrl, droppedFor, stop: broker.close }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

const mosquittoBinary = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find(existsSync)
/** Why the external broker is not tested here; undefined when it is. */
export const externalSkipReason = mosquittoBinary ? undefined : 'no mosquitto on this machine (Debian: mosquitto)'

export const startExternal = async (): Promise<BrokerUnderTest> => {
  const { path: folder, remove } = temporaryFolder()
  const port = await freePort()
  const cloud = { username: 'mynah-cloud', password: 'a long password' }
  const devices = enrolled.map((deviceId) => ({ deviceId, secret: secretOf(deviceId) }))
  writeFileSync(join(folder, 'passwords'), mosquittoPasswords({ cloud, devices }), { mode: 0o644 })
  writeFileSync(join(folder, 'acl'), mosquittoAcl(cloud.username), { mode: 0o644 })
  writeFileSync(join(folder, 'conf'), `listener ${port} 127.0.0.1\nuser root\n${mosquittoConf(folder)}`)
  execFileSync('chmod', ['755', folder])
  const child = spawn(mosquittoBinary ?? '', ['-c', join(folder, 'conf')], { stdio: 'ignore' })
  const url = `mqtt://127.0.0.1:${port}`
  const { drop, droppedFor } = createDrops()
  const broker = await connectWhenUp(() => connectExternalBroker({ log: silentLog, drop, url, ...cloud }))
  return {
    broker,
    url,
    droppedFor,
    stop: async () => {
      await broker.close()
      const exited = once(child, 'exit')
      child.kill()
      await exited
      remove()
    },
  }
}

const connectWhenUp = async (connect: () => Promise<BrokerClient>): Promise<BrokerClient> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connect()
    } catch (error) {
      if (attempt > 40) throw error
      await systemClock.sleep(50)
    }
  }
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

/** Waits until `condition` holds; fails the test after two seconds. */
export const eventually = async (condition: () => boolean, what: string): Promise<void> => {
  const deadlineMs = systemClock.now() + 3_000
  while (!condition()) {
    if (systemClock.now() > deadlineMs) throw new Error(`did not happen: ${what}`)
    await systemClock.sleep(5)
  }
}

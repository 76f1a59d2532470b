import { readFileSync } from 'node:fs'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { DeviceCredentials } from '../auth/device-credentials.ts'
import type { CloudConfig } from '../config.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { BrokerClient } from './broker-client.ts'
import { createDropCount } from './drop-count.ts'
import { startEmbeddedBroker } from './embedded.ts'
import { connectExternalBroker } from './external.ts'
import { cloudUsernameOf } from './mosquitto-files.ts'

type StartBrokerDeps = {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly credentials: DeviceCredentials
  readonly durable?: () => Promise<void>
}

/** The broker that the configuration asks for: one of its own by URL, else the embedded one. */
export const startBroker = async ({
  config,
  clock,
  log,
  metrics,
  credentials,
  durable,
}: StartBrokerDeps): Promise<BrokerClient> => {
  const counter = metrics.counter('mynah_messages_dropped_total', 'Control messages dropped, by reason')
  const drop = createDropCount({ clock, log, counter })
  const { mqtt_url: url, mqtt_password: password, mqtt_device_url: deviceUrl } = config
  if (url !== undefined) {
    return connectExternalBroker({
      log,
      drop,
      url,
      username: cloudUsernameOf(config.mqtt_username, config.role),
      password: password ?? '',
      ...(deviceUrl !== undefined && { deviceUrl }),
    })
  }
  const { mqtt_tls_cert: certPath, mqtt_tls_key: keyPath } = config
  const tls = certPath !== undefined &&
    keyPath !== undefined && { cert: readFileSync(certPath), key: readFileSync(keyPath) }
  return startEmbeddedBroker({
    clock,
    log,
    credentials,
    drop,
    ...(durable && { durable }),
    host: config.host,
    port: config.mqtt_port,
    maxConnections: config.mqtt_max_connections,
    ...(tls && { tls }),
  })
}

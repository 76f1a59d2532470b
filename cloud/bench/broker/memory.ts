import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { Aedes } from 'aedes'
import { createDeviceCredentials } from '../../src/auth/device-credentials.ts'
import { createDropCount } from '../../src/broker/drop-count.ts'
import { startEmbeddedBroker } from '../../src/broker/embedded.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { startLoadProcess } from '../api/load-process.ts'
import type { SpeakersReply, SpeakersRequest } from './speakers.ts'

/**
 * `npx tsx cloud/bench/broker/memory.ts [connections]`: what a connected speaker costs the embedded broker in memory, beside aedes alone with the
 * same speakers: connected, subscribed, one status. Each broker in a new process, the speakers in another.
 */
const connections = Number(process.argv[2] ?? 10_000)
const only = process.argv[3]
const secret = new Uint8Array(32).fill(7)

const startBroker = async () => {
  const find = (deviceId: string) => ({ deviceId, homeId: 'home', secret, enrolledAt: '', revoked: false })
  const counter = createMetrics().counter('mynah_messages_dropped_total', 'Control messages dropped, by reason')
  const broker = await startEmbeddedBroker({
    clock: systemClock,
    log: silentLog,
    credentials: createDeviceCredentials({ find }),
    drop: createDropCount({ clock: systemClock, log: silentLog, counter }),
    host: '127.0.0.1',
    port: 0,
    maxConnections: 2 * connections,
  })
  return broker.deviceUrlAt('127.0.0.1')
}

const startAedes = async () => {
  const aedes = await Aedes.createBroker()
  const server = createServer((socket) => aedes.handle(socket.setNoDelay(true)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const settled = async () => {
  await sleep(1_500)
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  for (let again = 0; again < 2; again++) if (typeof collect === 'function') collect()
  return process.memoryUsage()
}

const measure = async (url: string) => {
  const speakers = startLoadProcess<SpeakersRequest, SpeakersReply>(new URL('./speakers.ts', import.meta.url))
  const password = mqttPasswordOf(secret)
  // One by one at first: what does not grow with the number is then there.
  await speakers.ask({ type: 'connect', url, ids: ['speaker-a', 'speaker-b'], password })
  await speakers.ask({ type: 'report', times: 1 })
  const before = await settled()
  const batch = 500
  for (let first = 0; first < connections; first += batch) {
    const ids = Array.from({ length: Math.min(batch, connections - first) }, (_, index) => `speaker-${first + index}`)
    await speakers.ask({ type: 'connect', url, ids, password })
  }
  await speakers.ask({ type: 'report', times: 1 })
  const after = await settled()
  const kB = (name: 'rss' | 'heapUsed' | 'external') => ((after[name] - before[name]) / 1_000 / connections).toFixed(1)
  console.log(
    `${only}: ${kB('rss')} kB of the process for a connection, of which ${kB('heapUsed')} kB of live objects and ${kB('external')} kB of buffers`,
  )
  await speakers.stop()
}

if (only === 'aedes') {
  await measure(await startAedes())
  process.exit()
} else if (only === 'broker') {
  await measure(await startBroker())
  process.exit()
} else {
  const self = fileURLToPath(import.meta.url)
  for (const way of ['aedes', 'broker', 'aedes', 'broker']) {
    const run = fork(self, [String(connections), way], { execArgv: ['--import', 'tsx'] })
    await once(run, 'exit')
  }
}

import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { createIdentityStore } from '@mynah/device/identity/identity.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { decodeFromDevice, encodeMessage, parseTopic } from '@mynah/shared/wire/message.ts'
import {
  type FromDeviceKind,
  type FromDeviceMessage,
  type ToDeviceKind,
  type ToDeviceMessage,
  topicOf,
} from '@mynah/shared/wire/topics.ts'
import { Aedes } from 'aedes'

const deviceId = 'emulated'
const sound = encodeWav(
  Int16Array.from({ length: 24_000 }, (_, i) => Math.round(9_000 * Math.sin(i / 9))),
  24_000,
)

/** A broker and a web server that stand for a cloud: they say to one speaker what is scripted, and keep what it answers. */
export const createExchange = async (storeDir: string) => {
  const broker = await Aedes.createBroker()
  const mqtt = createServer(broker.handle)
  const web = createHttpServer((request, response) => {
    response.writeHead(request.url === '/sound.wav' ? 200 : 404)
    response.end(request.url === '/sound.wav' ? sound : '')
  })
  for (const server of [mqtt, web]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const portOf = (server: typeof mqtt | typeof web) => (server.address() as AddressInfo).port // both are of TCP
  const received: { readonly kind: FromDeviceKind; readonly message: unknown }[] = []
  broker.on('publish', ({ topic: text, payload }) => {
    const topic = parseTopic(text)
    if (topic?.direction !== 'from_device') return
    const decoded = decodeFromDevice(topic.kind, Buffer.from(payload))
    if (decoded.ok) received.push({ kind: topic.kind, message: decoded.value })
  })
  await createIdentityStore(storeDir, silentLog).write({
    deviceId,
    deviceSecret: new Uint8Array(32).fill(7),
    cloudUrl: `http://127.0.0.1:${portOf(web)}`,
    mqttUrl: `mqtt://127.0.0.1:${portOf(mqtt)}`,
  })
  const send = <K extends ToDeviceKind>(kind: K, message: Omit<ToDeviceMessage<K>, 'v'>) => {
    // A kind and its message belong together; the generic `Omit` hides it.
    const payload = Buffer.from(encodeMessage(kind, message as never))
    broker.publish(
      { cmd: 'publish', topic: topicOf(deviceId, kind), payload, qos: 1, retain: false, dup: false },
      () => {},
    )
  }
  /** The first answer that `holds`; throws when none came in time. */
  const until = async <K extends FromDeviceKind>(
    what: string,
    kind: K,
    holds: (message: FromDeviceMessage<K>) => boolean,
  ): Promise<FromDeviceMessage<K>> => {
    for (const untilMs = systemClock.now() + 60_000; systemClock.now() < untilMs; await systemClock.sleep(100)) {
      // What was decoded as this kind is of its type.
      const found = received.find((one) => one.kind === kind && holds(one.message as FromDeviceMessage<K>))
      if (found) return found.message as FromDeviceMessage<K>
    }
    throw new Error(`nothing came of: ${what}. It said: ${received.map(({ kind: known }) => known).join(', ')}`)
  }
  return {
    /** Everything that is asked of the speaker, one after the other; each line says what it did. */
    run: async (say: (line: string) => void) => {
      const status = await until('going online', 'status', ({ online }) => online)
      if (status.target !== 'arm64') throw new Error(`it says that it is ${status.target}`)
      say('online, and says that it is arm64')
      send('config', { version: 1, volume: 100 })
      await until('a configuration', 'config/ack', ({ version, applied }) => version === 1 && applied)
      say('keeps and applies a configuration')
      send('play', { play_id: 'p1', source: { type: 'url', url: '/sound.wav' }, kind: 'announcement' })
      const { played_ms: playedMs } = await until('a sound', 'playback', ({ state }) => state === 'finished')
      say(`fetches and plays a sound, ${playedMs} ms`)
      const fires_at = instant(systemClock.wallTime().getTime() + 3_000).toISOString()
      send('schedule', { change: { action: 'set', change_id: 'c1', item: { item_id: 't1', kind: 'timer', fires_at } } })
      await until('a timer', 'event', ({ type }) => type === 'timer_fired')
      send('schedule', { change: { action: 'cancel', change_id: 'c2', item_id: 't1' } })
      say('rings a timer')
      send('command', { command_id: 'd1', command: { type: 'doctor' } })
      const { report } = await until('an examination', 'command/ack', ({ command_id }) => command_id === 'd1')
      say(`examines itself: ${JSON.stringify(report?.findings).slice(0, 300)}`)
    },
    close: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      web.closeAllConnections()
      for (const server of [mqtt, web]) await new Promise((resolve) => server.close(resolve))
    },
  }
}

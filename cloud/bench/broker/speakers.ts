import { systemClock } from '@mynah/shared/time/clock.ts'
import { connectAsync, type MqttClient } from 'mqtt'
import { serveLoad } from '../api/load-process.ts'

/** Speakers in a process of their own. */
export type SpeakersRequest =
  | { readonly type: 'connect'; readonly url: string; readonly ids: readonly string[]; readonly password: string }
  /** Each reports so often, the next as soon as the one before is acknowledged. */
  | { readonly type: 'report'; readonly times: number }
  /** One speaker reports once. */
  | { readonly type: 'report_once' }
  /** When this many commands had come. */
  | { readonly type: 'heard'; readonly commands: number }
export type SpeakersReply = { readonly sentAtMs: number; readonly ackedAtMs: number; readonly heardAtMs: number }

const speakers: { readonly id: string; readonly mqtt: MqttClient }[] = []
let uptime = 0
let heard = 0
let heardAtMs = 0
let onHeard: (() => void) | undefined

const report = async ({ id, mqtt }: (typeof speakers)[number]) => {
  uptime += 1
  const status = {
    v: 1,
    online: true,
    phase: 'idle',
    volume: 42,
    muted: false,
    temperature_c: 51,
    wifi_rssi_dbm: -50,
    cpu: 0.12,
    memory: 0.31,
    uptime_ms: uptime,
    firmware: '0.1.0',
  }
  await mqtt.publishAsync(`device/${id}/status`, JSON.stringify(status), { qos: 1 })
}

serveLoad<SpeakersRequest, SpeakersReply>(async (request) => {
  const sentAtMs = systemClock.now()
  if (request.type === 'connect') {
    for (const id of request.ids) {
      const { url, password } = request
      const mqtt = await connectAsync(url, { clientId: id, username: id, password, reconnectPeriod: 0 })
      // As a speaker does (device/src/link/mqtt-connection.ts).
      const { stream } = mqtt
      if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
      await mqtt.subscribeAsync(`device/${id}/command`, { qos: 1 })
      mqtt.on('message', () => {
        heard += 1
        heardAtMs = systemClock.now()
        onHeard?.()
        onHeard = undefined
      })
      speakers.push({ id, mqtt })
    }
  }
  if (request.type === 'report') {
    const all = async (speaker: (typeof speakers)[number]) => {
      for (let count = 0; count < request.times; count++) await report(speaker)
    }
    await Promise.all(speakers.map(all))
  }
  const [first] = speakers
  if (request.type === 'report_once' && first) await report(first)
  if (request.type === 'heard' && heard < request.commands) {
    await new Promise<void>((resolve) => {
      onHeard = resolve
    })
  }
  return { sentAtMs, ackedAtMs: systemClock.now(), heardAtMs }
})

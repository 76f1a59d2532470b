import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { connectLightMqtt, type LightMqtt } from '@mynah/simulator/load/light-mqtt.ts'
import { serveLoad } from './load-process.ts'
import type { SeededSpeaker } from './seed.ts'

/** A thousand speakers in one process: they apply every configuration at once, and report when they are told to. */
export type SpeakersRequest =
  | { readonly type: 'connect'; readonly mqttPort: number; readonly speakers: readonly SeededSpeaker[] }
  /** Each reports once every `everyMs`, spread evenly, for `forMs`. */
  | { readonly type: 'report'; readonly everyMs: number; readonly forMs: number }
  | { readonly type: 'applied' }
export type SpeakersReply = {
  readonly online: number
  /** Reports sent, and those that the broker has acknowledged. */
  readonly reported: number
  readonly acknowledged: number
  /** For each speaker how many reports it sent and the sum of their stamps, so that none can be lost, doubled or mixed up unseen. */
  readonly stamps: Readonly<Record<string, StampSum>>
  /** The configuration that each speaker applied last. */
  readonly applied: Readonly<Record<string, { readonly version: number; readonly volume: number }>>
}
export type StampSum = { readonly count: number; readonly sum: number }

const connectAtOnce = 50
const arrivalLimitMs = 10_000

const clients = new Map<string, LightMqtt>()
const applied: Record<string, { version: number; volume: number }> = {}
let lost = 0
let acknowledged = 0

const publish = async (deviceId: string, kind: string, payload: string) => {
  if (await clients.get(deviceId)?.publish(`device/${deviceId}/${kind}`, payload, false)) acknowledged += 1
}

const onMessage = (deviceId: string) => (topic: string, payload: Buffer) => {
  if (!topic.endsWith('/config')) return
  const { version, volume } = JSON.parse(payload.toString()) as { version: number; volume: number }
  applied[deviceId] = { version, volume }
  void publish(deviceId, 'config/ack', JSON.stringify({ v: 1, version, applied: true }))
}

const statusAt = (stampMs: number, turn: number) =>
  JSON.stringify({
    v: 1,
    online: true,
    firmware: '0.1.0',
    // The time of the report, to be found again in the browser: both processes read the same monotonic clock.
    uptime_ms: stampMs,
    volume: 40,
    muted: false,
    temperature_c: 50 + (turn % 8),
    wifi_rssi_dbm: -60,
    cpu: 0.1,
    memory: 0.3,
    phase: 'idle',
    config_version: 1,
  })

const connectAll = async (mqttPort: number, speakers: readonly SeededSpeaker[]) => {
  for (let at = 0; at < speakers.length; at += connectAtOnce) {
    await Promise.all(
      speakers.slice(at, at + connectAtOnce).map(async ({ deviceId, password }) => {
        const mqtt = await connectLightMqtt({
          clock: systemClock,
          host: '127.0.0.1',
          port: mqttPort,
          clientId: deviceId,
          password,
          will: { topic: `device/${deviceId}/status`, payload: JSON.stringify({ v: 1, online: false }) },
          topics: [`device/${deviceId}/#`],
          onMessage: onMessage(deviceId),
          onClose: () => {
            lost += 1
          },
        })
        clients.set(deviceId, mqtt)
        void publish(deviceId, 'status', statusAt(0, 0))
      }),
    )
  }
}

const report = async (everyMs: number, forMs: number): Promise<Record<string, StampSum>> => {
  const stamps: Record<string, StampSum> = {}
  const ids = [...clients.keys()]
  const startMs = systemClock.now()
  const gapMs = everyMs / ids.length
  for (let turn = 0; turn * gapMs < forMs; turn++) {
    const aheadMs = startMs + turn * gapMs - systemClock.now()
    if (aheadMs > 1) await sleep(aheadMs)
    const deviceId = ids[turn % ids.length] ?? ''
    const stampMs = systemClock.now()
    void publish(deviceId, 'status', statusAt(stampMs, turn))
    const { count, sum } = stamps[deviceId] ?? { count: 0, sum: 0 }
    stamps[deviceId] = { count: count + 1, sum: sum + stampMs }
  }
  return stamps
}

const handle = async (request: SpeakersRequest): Promise<SpeakersReply> => {
  const before = acknowledged
  if (request.type === 'connect') await connectAll(request.mqttPort, request.speakers)
  const stamps = request.type === 'report' ? await report(request.everyMs, request.forMs) : {}
  const reported = Object.values(stamps).reduce((sum, { count }) => sum + count, 0)
  // What is still on its way; a message that is lost does not come later either.
  for (let waitedMs = 0; waitedMs < arrivalLimitMs && acknowledged - before < reported; waitedMs += 50) await sleep(50)
  return { online: clients.size - lost, reported, acknowledged: acknowledged - before, stamps, applied }
}

serveLoad(handle)

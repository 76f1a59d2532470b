import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { createDeviceCredentials } from '../../src/auth/device-credentials.ts'
import { createDropCount } from '../../src/broker/drop-count.ts'
import { startEmbeddedBroker } from '../../src/broker/embedded.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { startMosquitto } from '../../test/broker/mosquitto.ts'
import { spread } from '../api/figures.ts'
import { type LoadProcess, startLoadProcess } from '../api/load-process.ts'
import { cpuUsOf } from '../api/process-cpu.ts'
import type { SpeakersReply, SpeakersRequest } from './speakers.ts'

/**
 * `npx tsx cloud/bench/broker/main.ts [reports of each speaker in a burst]`: what a report of a speaker costs, and how long it takes, with the broker in the control process
 * and with one in a process of its own (Mosquitto), in turn in one run. Nothing is stored: only the way there is measured.
 */
const speakerCount = 200
const reportsEach = Number(process.argv[2] ?? 20)
const rounds = 5
/** The embedded broker takes 50 messages a second of one speaker. */
const single = 25
const singleEveryMs = 25

const secret = new Uint8Array(32).fill(7)
const ids = Array.from({ length: speakerCount }, (_, index) => `speaker-${index}`)

const newDrop = () =>
  createDropCount({
    clock: systemClock,
    log: silentLog,
    counter: createMetrics().counter('mynah_messages_dropped_total', 'Control messages dropped, by reason'),
  })

const startEmbedded = async () => {
  const find = (deviceId: string) => ({ deviceId, homeId: 'home', secret, enrolledAt: '', revoked: false })
  const broker = await startEmbeddedBroker({
    clock: systemClock,
    log: silentLog,
    credentials: createDeviceCredentials({ find }),
    drop: newDrop(),
    host: '127.0.0.1',
    port: 0,
    maxConnections: 1_000,
  })
  return { broker, brokerPid: undefined, stop: broker.close }
}

const startExternal = async () => {
  const devices = ids.map((deviceId) => ({ deviceId, secret }))
  const { broker, pid, stop } = await startMosquitto({ devices, drop: newDrop() })
  return { broker, brokerPid: pid, stop }
}

const prepare = async ({
  broker,
  brokerPid,
  stop,
}: Awaited<ReturnType<typeof startEmbedded | typeof startExternal>>) => {
  const speakers: LoadProcess<SpeakersRequest, SpeakersReply> = startLoadProcess(
    new URL('./speakers.ts', import.meta.url),
  )
  await speakers.ask({ type: 'connect', url: broker.deviceUrlAt('127.0.0.1'), ids, password: mqttPasswordOf(secret) })
  let received = 0
  let receivedAtMs = 0
  broker.onMessage(({ kind }) => {
    if (kind !== 'status') return
    received += 1
    receivedAtMs = systemClock.now()
  })
  let commands = 0
  return {
    nextCommand: () => {
      commands += 1
      return commands
    },
    broker,
    speakers,
    pids: [process.pid, ...(brokerPid === undefined ? [] : [brokerPid])],
    received: () => received,
    receivedAtMs: () => receivedAtMs,
    stop: async () => {
      await speakers.stop()
      await stop()
    },
  }
}

type Way = Awaited<ReturnType<typeof prepare>>
type Figures = {
  readonly cpuUs: number[][]
  readonly perS: number[]
  readonly lost: number[]
  readonly upMs: number[]
  readonly ackMs: number[]
  readonly downMs: number[]
}
const newFigures = (): Figures => ({ cpuUs: [], perS: [], lost: [], upMs: [], ackMs: [], downMs: [] })

const measure = async (way: Way, figures: Figures) => {
  const before = way.pids.map(cpuUsOf)
  const receivedBefore = way.received()
  const beganMs = systemClock.now()
  await way.speakers.ask({ type: 'report', times: reportsEach })
  // A broker of its own acknowledges what the cloud does not have yet.
  const wanted = speakerCount * reportsEach
  for (let waited = 0; waited < 5_000 && way.received() - receivedBefore < wanted; waited++) await sleep(1)
  const count = way.received() - receivedBefore
  figures.lost.push(wanted - count)
  figures.perS.push((count / (way.receivedAtMs() - beganMs)) * 1_000)
  figures.cpuUs.push(way.pids.map((pid, index) => (cpuUsOf(pid) - (before[index] ?? 0)) / count))
  for (let report = 0; report < single; report++) {
    const receivedBefore = way.received()
    const { sentAtMs, ackedAtMs } = await way.speakers.ask({ type: 'report_once' })
    for (let waited = 0; waited < 1_000 && way.received() === receivedBefore; waited++) await sleep(1)
    figures.upMs.push(way.receivedAtMs() - sentAtMs)
    figures.ackMs.push(ackedAtMs - sentAtMs)
    const publishedMs = systemClock.now()
    way.broker.publish(ids[0] ?? '', 'command', { v: 1, command_id: `c-${report}`, command: { type: 'identify' } })
    const { heardAtMs } = await way.speakers.ask({ type: 'heard', commands: way.nextCommand() })
    figures.downMs.push(heardAtMs - publishedMs)
    await sleep(singleEveryMs)
  }
}

const ways = { embedded: await prepare(await startEmbedded()), Mosquitto: await prepare(await startExternal()) }
const all = new Map<string, Figures>()
for (let round = 0; round <= rounds; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const figures = all.get(name) ?? newFigures()
    // The first round warms up.
    if (round === 0) await measure(way, newFigures())
    else await measure(way, figures)
    all.set(name, figures)
  }
}
const load = loadavg().map((value) => value.toFixed(1))
console.log(
  `${rounds} rounds of ${speakerCount * reportsEach} reports of ${speakerCount} speakers, load average ${load.join(' ')}`,
)
for (const [name, { cpuUs, perS, lost, upMs, ackMs, downMs }] of all) {
  const column = (index: number) =>
    spread(
      cpuUs.map((pids) => pids[index] ?? 0),
      0,
    )
  const broker = name === 'embedded' ? '' : `, of the broker ${column(1)} us`
  console.log(
    `${name.padEnd(10)} CPU of control ${column(0)} us a report${broker}; ${spread(perS, 0)} reports a second, ${spread(lost, 0)} lost; one alone: there after ${spread(upMs, 2)} ms, acknowledged after ${spread(ackMs, 2)} ms, a command back ${spread(downMs, 2)} ms`,
  )
}
for (const { stop } of Object.values(ways)) await stop()
process.exit(0)

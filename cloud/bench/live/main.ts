import { once } from 'node:events'
import { createServer } from 'node:http'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { Principal } from '../../src/auth/principals.ts'
import { createLiveInside, type LiveHub } from '../../src/live/hub.ts'
import { createLiveProcess } from '../../src/live/live-process.ts'
import { attachLiveSocket } from '../../src/live/live-socket.ts'
import { textFrame } from '../../src/live/text-frame.ts'
import { median, spread } from '../api/figures.ts'
import { type LoadProcess, startLoadProcess } from '../api/load-process.ts'
import { cpuUsOf } from '../api/process-cpu.ts'
import type { BrowsersReply, BrowsersRequest } from './browsers.ts'

/**
 * `npx tsx cloud/bench/live/main.ts [browsers] [rounds]`: what one status to all browsers costs the control process, and when the last
 * browser has it: with the live hub inside, and in a process of its own, in turn in one run. Browsers are raw sockets in two processes.
 */
const browserCount = Number(process.argv[2] ?? 2_000)
const rounds = Number(process.argv[3] ?? 21)
/** Browsers of the bench answer no ping. */
const limits = { pingEveryMs: 300_000 }
const homeId = 'a-home-of-the-bench'
const deviceJson = JSON.stringify({
  device_id: 'kitchen',
  home_id: homeId,
  name: 'Kitchen',
  room: 'kitchen',
  online: true,
  seen_at: '2026-01-01T00:00:00.000Z',
  phase: 'idle',
  volume: 42,
  muted: false,
  battery: null,
  temperature_c: 51,
  wifi_rssi_dbm: -50,
  cpu: 0.12,
  memory: 0.31,
  uptime_ms: 1_234_567,
  firmware: '0.1.0',
  language: 'en',
  config_version: 3,
  config_state: 'applied',
})

const personOf = (ticket: string): Principal => ({
  personId: ticket,
  login: ticket,
  actor: ticket,
  isSystemAdmin: false,
  homes: new Map([[homeId, 'viewer']]),
  via: { type: 'login', loginId: ticket },
})

const open = async (hub: LiveHub) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const principals = { lookAgain: (person: Principal) => person, onForget: () => () => {} }
  attachLiveSocket(server, { clock: systemClock, hub, tickets: { redeem: personOf }, principals, trustProxy: false })
  const browsers: LoadProcess<BrowsersRequest, BrowsersReply> = startLoadProcess(
    new URL('./browsers.ts', import.meta.url),
  )
  const cpuBefore = cpuUsOf(process.pid)
  const beganMs = systemClock.now()
  const reply = await browsers.ask({ type: 'open', port, count: browserCount })
  if (reply.open !== browserCount) throw new Error(`${reply.open} of ${browserCount} browsers are connected`)
  const tookS = (systemClock.now() - beganMs) / 1_000
  const cpuUs = (cpuUsOf(process.pid) - cpuBefore) / browserCount
  return { hub, browsers, joining: `${tookS.toFixed(1)} s, ${cpuUs.toFixed(0)} us of control each` }
}

type Way = Awaited<ReturnType<typeof open>>
type Round = { readonly cpuMs: number; readonly stallMs: number; readonly lastMs: number }

/** The event's id grows by a digit now and then: the length is asked anew each time. */
const frameBytes = (eventId: string): number => {
  const at = '2026-01-01T00:00:00.000Z'
  const head = JSON.stringify({ type: 'status_update', event_id: eventId, at, home_id: homeId, device_id: 'kitchen' })
  return textFrame(`${head.slice(0, -1)},"device":${deviceJson}}`).length
}

/** How late a timer of one millisecond was at most, since `reset`. */
const watchStalls = () => {
  let lastMs = performance.now()
  let worstMs = 0
  const timer = setInterval(() => {
    const nowMs = performance.now()
    worstMs = Math.max(worstMs, nowMs - lastMs - 1)
    lastMs = nowMs
  }, 1)
  return {
    reset: () => {
      lastMs = performance.now()
      worstMs = 0
    },
    stop: () => {
      clearInterval(timer)
      return worstMs
    },
  }
}

/** One status to all browsers; resolves with when it was sent and when the last of them had it. */
const tellAll = async ({ hub, browsers }: Way, number: number, onSend: () => void) => {
  await browsers.ask({ type: 'expect', bytes: frameBytes(`12345678.${number}`) })
  await sleep(100)
  onSend()
  const sentMs = systemClock.now()
  hub.publish({ type: 'status_update', home_id: homeId, device_id: 'kitchen', deviceJson })
  const { lastAtMs } = await browsers.ask({ type: 'await' })
  return lastAtMs - sentMs
}

/** Twice: a watch on stalls uses CPU of its own. */
const measure = async (way: Way, number: number): Promise<Round> => {
  let cpuBefore = process.cpuUsage()
  const lastMs = await tellAll(way, 2 * number + 1, () => {
    cpuBefore = process.cpuUsage()
  })
  const { user, system } = process.cpuUsage(cpuBefore)
  const stalls = watchStalls()
  await tellAll(way, 2 * number + 2, stalls.reset)
  return { cpuMs: (user + system) / 1_000, stallMs: stalls.stop(), lastMs }
}

const table = (name: string, all: readonly Round[]) => {
  const column = (of: (round: Round) => number) => spread(all.map(of), 1)
  const sorted = all.map(({ stallMs }) => stallMs).toSorted((a, b) => a - b)
  console.log(
    `${name.padEnd(12)} CPU of control ${column(({ cpuMs }) => cpuMs)} ms  longest stall of its loop ${column(({ stallMs }) => stallMs)} ms, p99 ${(sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0).toFixed(1)} ms  the last browser has it after ${column(({ lastMs }) => lastMs)} ms`,
  )
}

const live = createLiveProcess({
  clock: systemClock,
  log: silentLog,
  random: Math.random,
  nodeOptions: ['--import', 'tsx'],
  env: process.env,
  limits,
})
const stopping = new AbortController()
const running = live.run(stopping.signal)
await live.untilReady(stopping.signal)
const ways = {
  inside: await open(createLiveInside({ clock: systemClock, log: silentLog, limits })),
  'its process': await open(live),
}
for (const [name, { joining }] of Object.entries(ways))
  console.log(`${browserCount} browsers came in ${name}: ${joining}`)
const results = new Map<string, Round[]>()
const liveCpu: number[] = []
// The first round warms up.
for (let round = 0; round <= rounds; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const before = cpuUsOf(live.pid() ?? 0)
    const one = await measure(way, round)
    if (round === 0) continue
    results.set(name, [...(results.get(name) ?? []), one])
    if (name !== 'inside') liveCpu.push((cpuUsOf(live.pid() ?? 0) - before) / 2_000)
  }
}
const load = loadavg().map((value) => value.toFixed(1))
console.log(`${rounds} statuses to ${browserCount} browsers, load average ${load.join(' ')}: median (least to most)`)
for (const [name, all] of results) table(name, all)
await sleep(1_200)
const residentMb = ((live.figures().residentBytes ?? 0) / 1_048_576).toFixed(0)
console.log(`the live process: CPU ${spread(liveCpu, 0)} ms for a status (in steps of 5), ${residentMb} MB resident`)
console.log(
  `ratio of control CPU: ${(median((results.get('its process') ?? []).map(({ cpuMs }) => cpuMs)) / median((results.get('inside') ?? []).map(({ cpuMs }) => cpuMs))).toFixed(3)}`,
)
for (const { browsers } of Object.values(ways)) await browsers.stop()
stopping.abort()
await running
process.exit(0)

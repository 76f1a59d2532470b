import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { WebSocket } from 'ws'
import { percentile } from './figures.ts'
import { serveLoad } from './load-process.ts'
import type { StampSum } from './speakers.ts'

/** A hundred open panels in one process, which take the time from a speaker's report to its arrival. */
export type BrowsersRequest =
  | { readonly type: 'open'; readonly url: string; readonly tickets: readonly string[] }
  | { readonly type: 'listen' }
  | { readonly type: 'figures'; readonly stamps: Readonly<Record<string, StampSum>> }
export type BrowsersReply = {
  readonly open: number
  readonly received: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Browsers that did not get every report of every speaker exactly once. */
  readonly incomplete: number
}

const arrivalLimitMs = 10_000

type Panel = { readonly socket: WebSocket; stamps: Map<string, { count: number; sum: number }> }

const panels: Panel[] = []
let tookMs: number[] = []
let isListening = false

const onMessage = (panel: Panel, message: string) => {
  const nowMs = systemClock.now()
  if (!isListening || !message.startsWith('{"type":"status_update"')) return
  const { device } = JSON.parse(message) as { device: { device_id: string; uptime_ms: number } }
  tookMs.push(nowMs - device.uptime_ms)
  const entry = panel.stamps.get(device.device_id) ?? { count: 0, sum: 0 }
  entry.count += 1
  entry.sum += device.uptime_ms
  panel.stamps.set(device.device_id, entry)
}

const open = (url: string, ticket: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}?ticket=${ticket}`, { perMessageDeflate: false })
    const panel: Panel = { socket, stamps: new Map() }
    socket.on('message', (message) => onMessage(panel, String(message)))
    socket.once('message', () => resolve())
    socket.once('error', reject)
    panels.push(panel)
  })

const isComplete = ({ stamps }: Panel, expected: Readonly<Record<string, StampSum>>): boolean => {
  const ids = Object.keys(expected)
  return (
    stamps.size === ids.length &&
    ids.every((id) => {
      const [sent, got] = [expected[id], stamps.get(id)]
      // The same numbers in the same order give the same sum to the last bit.
      return sent !== undefined && sent.count === got?.count && sent.sum === got.sum
    })
  )
}

const handle = async (request: BrowsersRequest): Promise<BrowsersReply> => {
  if (request.type === 'open') for (const ticket of request.tickets) await open(request.url, ticket)
  if (request.type === 'listen') {
    tookMs = []
    for (const panel of panels) panel.stamps = new Map()
    isListening = true
  }
  let incomplete = 0
  if (request.type === 'figures') {
    const missing = () => panels.filter((panel) => !isComplete(panel, request.stamps)).length
    for (let waitedMs = 0; waitedMs < arrivalLimitMs && missing() > 0; waitedMs += 50) await sleep(50)
    // A double one may come behind the last.
    await sleep(200)
    isListening = false
    incomplete = missing()
  }
  const sorted = Float64Array.from(tookMs).sort()
  return {
    open: panels.filter(({ socket }) => socket.readyState === WebSocket.OPEN).length,
    received: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: percentile(sorted, 1),
    incomplete,
  }
}

serveLoad(handle)

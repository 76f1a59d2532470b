import { liveMessageSchema } from '@mynah/shared/api/live.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import type { FleetPerson } from './fleet.ts'
import type { BrowsersPlan, BrowsersReport } from './load-messages.ts'
import type { LoadPart } from './load-part.ts'
import { watchLoopLag } from './loop-lag.ts'
import { createRawHttp } from './raw-http.ts'
import { createViolationCount } from './violation-count.ts'

const ticketSchema = v.object({ ticket: v.string() })
const statusSchema = v.object({
  type: v.literal('status_update'),
  home_id: v.string(),
  device_id: v.string(),
  device: v.object({ uptime_ms: v.nullable(v.number()) }),
})
const helloSchema = v.object({ type: v.literal('hello'), resumed: v.boolean() })
const eventSchema = v.object({ type: v.string(), event_id: v.string(), home_id: v.string() })

const connectsAtOnce = 50
const maxAttempts = 60
const againAfterMs = 500
/** Each so many messages one is checked against the whole contract. */
const checkedEvery = 50
const maxGaps = 10_000
/** What was sent so shortly before a connection broke may have been lost with it. */
const onItsWayMs = 1_000

const numberOf = (eventId: string): number => Number(eventId.split('.')[1])

type StatusUpdate = v.InferOutput<typeof statusSchema>
type LiveHead = v.InferOutput<typeof eventSchema>
/** What one browser was shown. */
type Account = {
  readonly own: ReadonlySet<string>
  /** Keeps account of every status, not only of those of the watched speaker. */
  readonly isComplete: boolean
  readonly watched: Set<number>
  lastNumber: number
  lastEventId: string | undefined
  /** When its connection broke. */
  brokeAtMs: number
}
type Watched = { count: number; lastAtMs: number }

/** Browsers that watch live. The first of each person also keeps account of every status it is shown. */
export const prepareBrowsers = async (plan: BrowsersPlan, clock: Clock): Promise<LoadPart<BrowsersReport>> => {
  const http = createRawHttp({ clock, url: plan.url, connections: connectsAtOnce })
  const violations = createViolationCount()
  const lag = watchLoopLag(clock)
  const sockets = new Set<WebSocket>()
  const watched = new Map<number, Watched>()
  const seen = new Map<string, Set<number>>()
  let beganAtMs = Number.POSITIVE_INFINITY
  let events = 0
  let connected = 0
  let reconnects = 0
  const gaps: { fromMs: number; untilMs: number }[] = []
  /** Homes of which a complete account has a gap: how many statuses were shown cannot be known. */
  const blindTo = new Set<string>()
  const homeOf = new Map<string, string>()
  let stopped = false

  const onStatus = ({ device_id: deviceId, home_id: homeId, device }: StatusUpdate, account: Account) => {
    const uptimeMs = device.uptime_ms
    if (uptimeMs === null) return
    // The same status is shown again when something else of the speaker changed.
    if (deviceId === plan.watchedDevice && !account.watched.has(uptimeMs)) {
      account.watched.add(uptimeMs)
      const { count, lastAtMs } = watched.get(uptimeMs) ?? { count: 0, lastAtMs: 0 }
      watched.set(uptimeMs, { count: count + 1, lastAtMs: Math.max(lastAtMs, clock.now()) })
    }
    if (!account.isComplete) return
    homeOf.set(deviceId, homeId)
    const known = seen.get(deviceId) ?? new Set()
    known.add(uptimeMs)
    seen.set(deviceId, known)
  }
  const faultIn = ({ event_id, home_id }: LiveHead, { own, lastNumber }: Account): string | undefined => {
    if (!own.has(home_id)) return "a browser was shown a stranger's speaker"
    return numberOf(event_id) > lastNumber ? undefined : 'live events came twice or out of order'
  }
  const readEvent = (event: LiveHead, message: unknown, account: Account) => {
    events++
    const fault = faultIn(event, account)
    if (fault !== undefined) violations.note(fault)
    account.lastEventId = event.event_id
    account.lastNumber = numberOf(event.event_id)
    if (events % checkedEvery === 0 && !v.is(liveMessageSchema, message))
      violations.note('a live message is not one of the contract')
    const status = v.safeParse(statusSchema, message)
    if (status.success) onStatus(status.output, account)
  }
  /** What comes after `hello` goes on where it broke off, or says that it does not. */
  const onHello = (message: unknown, account: Account) => {
    const hello = v.safeParse(helloSchema, message)
    if (!hello.success) return violations.note('a greeting of the live events is not valid')
    if (hello.output.resumed || account.lastEventId === undefined) return
    if (!plan.toleratesFaults) violations.note('a browser was not given what it missed')
    if (account.isComplete) for (const homeId of account.own) blindTo.add(homeId)
    if (gaps.length < maxGaps) gaps.push({ fromMs: account.brokeAtMs - onItsWayMs, untilMs: clock.now() })
  }
  const createReader = (person: FleetPerson, isComplete: boolean) => {
    const own = new Set([...person.home_ids, plan.watchedHome])
    const account: Account = {
      own,
      isComplete,
      watched: new Set(),
      lastNumber: -1,
      lastEventId: undefined,
      brokeAtMs: 0,
    }
    return {
      lastEventId: () => account.lastEventId,
      broke: () => {
        account.brokeAtMs = clock.now()
      },
      read: (text: string) => {
        const message = parseJson(text)
        if (text.startsWith('{"type":"hello"')) return onHello(message, account)
        const event = v.safeParse(eventSchema, message)
        if (event.success) readEvent(event.output, message, account)
        else violations.note('a live message is not valid')
      },
    }
  }
  const open = async (index: number, reader: ReturnType<typeof createReader>, token: string): Promise<boolean> => {
    const answer = await http.request({ method: 'POST', path: '/api/live/ticket', token, body: '{}' })
    const ticket = v.safeParse(ticketSchema, parseJson(answer.body))
    if (!ticket.success) return false
    const after = reader.lastEventId()
    const query = `ticket=${ticket.output.ticket}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`
    const socket = new WebSocket(`${plan.url.replace(/^http/, 'ws')}/ws?${query}`, { perMessageDeflate: false })
    socket.on('error', () => {})
    socket.on('message', (bytes) => reader.read(String(bytes)))
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true))
      socket.once('close', () => resolve(false))
    })
    if (!isOpen) return false
    sockets.add(socket)
    connected++
    socket.once('close', () => {
      sockets.delete(socket)
      connected--
      if (stopped) return
      reconnects++
      reader.broke()
      if (!plan.toleratesFaults) violations.note('a connection of a browser broke')
      keepOpen(index, reader, token).catch(() => violations.note('a browser failed'))
    })
    return true
  }
  const keepOpen = async (index: number, reader: ReturnType<typeof createReader>, token: string) => {
    for (let attempt = 0; attempt < maxAttempts && !stopped; attempt++) {
      if (await open(index, reader, token)) return
      await clock.sleep(againAfterMs)
    }
    if (!stopped) violations.note('a browser could not connect')
  }

  const startedMs = clock.now()
  let next = 0
  const lane = async () => {
    for (let index = next++; index < plan.browsers; index = next++) {
      const person = plan.people[index % plan.people.length]
      if (!person) return
      await clock.sleep(Math.max(0, startedMs + (index * 1_000) / plan.connectsPerSecond - clock.now()))
      await keepOpen(index, createReader(person, index < plan.people.length), person.token)
    }
  }
  await Promise.all(Array.from({ length: Math.min(connectsAtOnce, plan.browsers) }, lane))

  let peak = 0
  return {
    begin: (atMs) => {
      beganAtMs = atMs
      peak = connected
    },
    hold: () => {
      peak = Math.max(peak, connected)
    },
    stop: async () => {
      stopped = true
      lag.stop()
      for (const socket of sockets) socket.close()
      await clock.sleep(200)
      for (const socket of sockets) socket.terminate()
      http.close()
    },
    report: () => ({
      connected: peak,
      events,
      reconnects,
      watched: [...watched].map(([uptimeMs, { count, lastAtMs }]) => ({ uptimeMs, count, lastAtMs })),
      // Told by their own time: `begin` reaches this process later than the first statuses after it may.
      statusesSeen: Object.fromEntries(
        [...seen]
          .filter(([deviceId]) => !blindTo.has(homeOf.get(deviceId) ?? ''))
          .map(([deviceId, statuses]) => [deviceId, [...statuses].filter((ms) => ms >= beganAtMs).length]),
      ),
      gaps,
      loopLag: lag.lag.counts,
      violations: violations.all(),
    }),
  }
}

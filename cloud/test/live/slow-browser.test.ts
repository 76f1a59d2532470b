import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Principal } from '../../src/auth/principals.ts'
import { createLiveHub, type LiveHub } from '../../src/live/hub.ts'
import { attachLiveSocket } from '../../src/live/live-socket.ts'
import { createTickets, type Tickets } from '../../src/live/tickets.ts'

/** Real sockets with the buffers of the system between them; only the time stands still. */
const person: Principal = {
  personId: 'ada',
  login: 'ada',
  actor: 'ada',
  isSystemAdmin: false,
  homes: new Map([['home', 'viewer']]),
  via: { type: 'login', loginId: 'login' },
}
const pad = 'x'.repeat(8_000)

let clock: ReturnType<typeof createManualClock>
let hub: LiveHub
let tickets: Tickets<Principal>
let server: Server
let detach: () => void
let sockets: WebSocket[]
let published: number
beforeEach(async () => {
  clock = createManualClock()
  hub = createLiveHub({ clock })
  tickets = createTickets(clock)
  sockets = []
  published = 0
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const principals = { lookAgain: () => person, onForget: () => () => {} }
  detach = attachLiveSocket(server, { clock, log: silentLog, hub, tickets, principals })
})
afterEach(async () => {
  detach()
  for (const socket of sockets) socket.terminate()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

type Message = {
  readonly type: string
  readonly event_id: string
  readonly resumed?: boolean
  readonly session_id: string
}

const join = async (after?: string) => {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const query = new URLSearchParams({ ticket: tickets.issue(person).ticket, ...(after !== undefined && { after }) })
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?${query}`, { perMessageDeflate: false })
  sockets.push(socket)
  const messages: Message[] = []
  socket.on('message', (text) => messages.push(JSON.parse(String(text)) as Message))
  socket.on('error', () => {})
  const closed = once(socket, 'close').then(([code]) => Number(code))
  const until = async (count: number) => {
    while (messages.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
  await until(1)
  const numbers = () => messages.slice(1).map(({ session_id }) => Number(session_id))
  const lastId = () => messages.at(-1)?.event_id ?? ''
  return { socket, messages, until, closed, numbers, lastId }
}
const publish = (text = pad) => {
  published += 1
  hub.publish({
    type: 'session',
    home_id: 'home',
    device_id: 'kitchen',
    fields: { session_id: String(published), text },
  })
}
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** One browser that stops reading beside one that reads on, until the cloud has given the first one up. */
const tireOne = async () => {
  const slow = await join()
  const healthy = await join()
  slow.socket.pause()
  while (hub.size() === 2 && published < 5_000) {
    for (let event = 0; event < 20; event++) publish()
    await healthy.until(1 + published)
  }
  expect(hub.size()).toBe(1)
  return { slow, healthy }
}

describe('a browser that does not read', () => {
  test('is closed as too slow, and nothing that it was sent is lost or double', async () => {
    const { slow, healthy } = await tireOne()
    for (let event = 0; event < 5; event++) publish('short')
    await healthy.until(1 + published)
    slow.socket.resume()
    expect(await slow.closed).toBe(4_008)
    const got = slow.numbers()
    expect(got).toEqual(upTo(got.length))
    expect(got.length).toBeLessThan(published)

    const again = await join(slow.lastId())
    expect(again.messages[0]).toMatchObject({ type: 'hello', resumed: true })
    publish('after')
    await again.until(1 + published - got.length)
    expect([...got, ...again.numbers()]).toEqual(upTo(published))
    // The other one has noticed nothing.
    await healthy.until(1 + published)
    expect(healthy.numbers()).toEqual(upTo(published))
  })

  test('is told to fetch the lists when it missed more than they hold', async () => {
    const { slow, healthy } = await tireOne()
    for (let event = 0; event < 100; event++) publish()
    await healthy.until(1 + published)
    slow.socket.resume()
    expect(await slow.closed).toBe(4_008)
    const again = await join(slow.lastId())
    expect(again.messages[0]).toMatchObject({ type: 'hello', resumed: false })
    const before = published
    publish('after')
    await again.until(2)
    expect(again.numbers()).toEqual([before + 1])
  })

  test('is cut off when it goes on not reading', async () => {
    const { slow, healthy } = await tireOne()
    await clock.advance(6_000)
    slow.socket.resume()
    // The close frame was behind what it never read.
    expect(await slow.closed).toBe(1_006)
    const got = slow.numbers()
    expect(got).toEqual(upTo(got.length))
    expect(healthy.socket.readyState).toBe(WebSocket.OPEN)
  })
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { WebSocket } from 'ws'
import type { Principal } from '../../src/auth/principals.ts'
import { createLiveInside, type LiveHub } from '../../src/live/hub.ts'
import type { LiveLimits } from '../../src/live/live-limits.ts'
import { createLiveProcess, type LiveProcessBounds } from '../../src/live/live-process.ts'
import { attachLiveSocket } from '../../src/live/live-socket.ts'
import { createTickets } from '../../src/live/tickets.ts'
import { openingOf } from './opening-of.ts'

/** What was logged, by either process. */
const createLogbook = () => {
  const said: string[] = []
  const keep = (message: string) => void said.push(message)
  return { said, log: { ...silentLog, info: keep, warn: keep, error: keep } }
}

/** A hub in this process, or in one of its own: the real one. */
export const startInside = async (limits: Partial<LiveLimits> = {}) => {
  const { said, log } = createLogbook()
  return { hub: createLiveInside({ clock: systemClock, log, limits }), said, stop: async () => {} }
}

export const startProcess = async (limits: Partial<LiveLimits> = {}, bounds: Partial<LiveProcessBounds> = {}) => {
  const { said, log } = createLogbook()
  const hub = createLiveProcess({
    clock: systemClock,
    log,
    random: () => 0.1,
    nodeOptions: ['--import', 'tsx'],
    env: {},
    limits,
    bounds,
  })
  const stopping = new AbortController()
  const running = hub.run(stopping.signal)
  await hub.untilReady(stopping.signal)
  const stop = async () => {
    stopping.abort()
    await running
  }
  return { hub, said, stop }
}

type Rights = { readonly homes: readonly string[]; readonly hears?: boolean }

const principalOf = (personId: string, { homes, hears = true }: Rights): Principal => ({
  personId,
  login: personId,
  actor: personId,
  isSystemAdmin: false,
  homes: new Map(homes.map((homeId) => [homeId, 'viewer'])),
  via: {
    type: 'api_token',
    tokenId: `token of ${personId}`,
    scopes: new Set(hears ? ['devices:read', 'turns:read'] : ['devices:read']),
  },
})

/** People whose rights change when told, as `principals.ts` tells it. */
const createPeople = () => {
  const people = new Map<string, Principal>()
  const listeners = new Set<() => void>()
  return {
    of: (personId: string) => people.get(personId),
    lookAgain: ({ personId }: Principal) => people.get(personId),
    onForget: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Undefined: all logins of this person are over. */
    set: (personId: string, rights: Rights | undefined) => {
      if (rights) people.set(personId, principalOf(personId, rights))
      else people.delete(personId)
      for (const listener of listeners) listener()
    },
  }
}

type Message = {
  readonly type: string
  readonly event_id: string
  readonly last_event_id?: string
  readonly resumed?: boolean
  readonly text: string
}

const listen = (socket: WebSocket) => {
  const messages: Message[] = []
  socket.on('message', (text) => messages.push(JSON.parse(String(text)) as Message))
  const closed = once(socket, 'close').then(([code]) => Number(code))
  const until = async (count: number) => {
    while (messages.length < count) await systemClock.sleep(1)
    return messages
  }
  return {
    socket,
    messages,
    closed,
    until,
    /** What was told, without the greeting. */
    texts: () => messages.slice(1).map(({ text }) => text),
    lastId: () => messages.at(-1)?.event_id ?? messages.at(-1)?.last_event_id ?? '',
  }
}

/** The door of `/ws` on a server of its own, before this hub. */
export const openDoor = async (hub: LiveHub) => {
  const people = createPeople()
  const tickets = createTickets<Principal>(systemClock)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = attachLiveSocket(server, {
    clock: systemClock,
    hub,
    tickets,
    principals: people,
    trustProxy: false,
  })
  const sockets: WebSocket[] = []
  const ticketOf = (personId: string) => {
    const principal = people.of(personId)
    if (!principal) throw new Error(`there is no ${personId}`)
    return tickets.issue(principal).ticket
  }
  const connect = (ticket: string, after?: string) => {
    const query = new URLSearchParams({ ticket, ...(after !== undefined && { after }) })
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?${query}`, { perMessageDeflate: false })
    sockets.push(socket)
    return socket
  }
  /** A browser that has been greeted. */
  const join = async (personId: string, after?: string) => {
    const browser = listen(connect(ticketOf(personId), after))
    browser.socket.on('error', () => {})
    await browser.until(1)
    return browser
  }
  const publish = (text: string, { homeId = 'home', spoken = false } = {}) =>
    hub.publish({
      type: spoken ? 'session' : 'status_update',
      home_id: homeId,
      device_id: 'kitchen',
      fields: { text },
    })
  return {
    port,
    server,
    people,
    ticketOf,
    join,
    publish,
    close,
    /** How a request for `/ws` is answered. */
    knock: (ticket: string) => openingOf(connect(ticket)),
    end: async () => {
      const closing = close()
      for (const socket of sockets) socket.terminate()
      await closing
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type Door = Awaited<ReturnType<typeof openDoor>>

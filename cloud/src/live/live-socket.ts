import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { liveCloseCodes } from '@mynah/shared/api/live.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Principal, Principals } from '../auth/principals.ts'
import { createRateLimit } from '../auth/rate-limit.ts'
import type { Listener, LiveHub } from './hub.ts'
import type { Tickets } from './tickets.ts'

export type LiveSocketDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly hub: LiveHub
  readonly tickets: Pick<Tickets<Principal>, 'redeem'>
  readonly principals: Pick<Principals, 'lookAgain' | 'onForget'>
  /** Nobody else answers upgrades of other paths: they are refused here. */
  readonly refusesPath?: (path: string) => boolean
}

/** What may wait for a slow browser; the ring gives it back what it missed. */
const maxBufferedBytes = 1_024 * 1_024
/** How long a browser that was too slow has to read what waits, and so why it was closed; what it does not read is gone with it. */
const drainMs = 5_000
const maxSockets = 12_000
const pingEveryMs = 20_000
/** Browsers have nothing to say here. */
const maxIncomingBytes = 1_024

const refuse = (socket: Duplex, status: string) =>
  void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)

const maySeeTurns = ({ via }: Principal) => via.type === 'login' || via.scopes.has('turns:read')

/** Serves one browser until either end closes. */
const serve = (deps: LiveSocketDeps, first: Principal, socket: WebSocket, after: string | undefined) => {
  const { clock, hub, principals, log } = deps
  let principal = first
  let isAlive = true
  let leave = () => {}
  let draining: Timer | undefined
  /** From here on it costs nothing more: no event is looked at for it, and what waits is all that will. */
  const giveUp = () => {
    leave()
    log.info('a live connection was too slow', { waitingBytes: socket.bufferedAmount })
    socket.close(liveCloseCodes.too_slow, 'too slow')
    draining = clock.startTimer(drainMs, () => socket.terminate())
  }
  const send = (bytes: Buffer) => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount + bytes.length > maxBufferedBytes) giveUp()
    else socket.send(bytes, { binary: false })
  }
  const mayHave: Listener['mayHave'] = ({ homeId, isSpoken }) =>
    principal.homes.has(homeId) && (!isSpoken || maySeeTurns(principal))
  leave = hub.join({ mayHave, send }, after)
  const lookAgain = () => {
    const now = principals.lookAgain(principal)
    if (now) principal = now
    else socket.close(liveCloseCodes.login_ended, 'login ended')
  }
  const stop = principals.onForget(lookAgain)
  const check = () => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
    lookAgain()
    timer = clock.startTimer(pingEveryMs, check)
  }
  let timer = clock.startTimer(pingEveryMs, check)
  const hear = () => {
    isAlive = true
  }
  socket.on('pong', hear).on('message', hear)
  socket.on('error', (error) => log.debug('a live connection broke', { error }))
  socket.once('close', () => {
    timer.cancel()
    draining?.cancel()
    stop()
    leave()
  })
}

/** `GET /ws?ticket=...&after=...` (shared/src/api/live.ts). Returns how to close all. */
export const attachLiveSocket = (server: Server, deps: LiveSocketDeps): (() => void) => {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxIncomingBytes, perMessageDeflate: false })
  const failures = createRateLimit({ clock: deps.clock, burst: 30, perSecond: 0.5, maxKeys: 10_000 })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname !== '/ws') {
      if (deps.refusesPath?.(url.pathname)) refuse(socket, '404 Not Found')
      return
    }
    socket.on('error', () => socket.destroy())
    const address = request.socket.remoteAddress ?? ''
    if (failures.isExhausted(address)) return refuse(socket, '429 Too Many Requests')
    const principal = deps.tickets.redeem(url.searchParams.get('ticket') ?? '')
    if (!principal) {
      failures.take(address)
      return refuse(socket, '401 Unauthorized')
    }
    if (sockets.clients.size >= maxSockets) return refuse(socket, '503 Service Unavailable')
    const after = url.searchParams.get('after') ?? undefined
    sockets.handleUpgrade(request, socket, head, (webSocket) => serve(deps, principal, webSocket, after))
  }
  server.on('upgrade', onUpgrade)
  return () => {
    server.off('upgrade', onUpgrade)
    for (const socket of sockets.clients) {
      socket.close(liveCloseCodes.stopping, 'the cloud stops')
      deps.clock.startTimer(500, () => socket.terminate())
    }
    sockets.close()
  }
}

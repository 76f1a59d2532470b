import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Principal, Principals } from '../auth/principals.ts'
import { createRateLimit } from '../auth/rate-limit.ts'
import { refuseUpgrade, type UpgradeRefusal } from '../gateway/refuse-upgrade.ts'
import { nodeAddressOf, type TrustProxy } from '../gateway/remote-address.ts'
import { upgradeTarget } from '../gateway/upgrade-target.ts'
import type { LiveHub } from './hub.ts'
import type { Tickets } from './tickets.ts'
import { createViewers } from './viewers.ts'

export type LiveSocketDeps = {
  readonly clock: Clock
  readonly hub: Omit<LiveHub, 'publish' | 'figures'>
  readonly tickets: Pick<Tickets<Principal>, 'redeem'>
  readonly principals: Pick<Principals, 'lookAgain' | 'onForget'>
  /** Whether the address that failures are counted by is the one that a proxy names. */
  readonly trustProxy: TrustProxy
  /** Nobody else answers upgrades of other paths: they are refused here. */
  readonly refusesPath?: (path: string) => boolean
}

const maxSockets = 12_000
/** What a WebSocket handshake is answered by. */
const handshakeHeaders = [
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
] as const

const handshakeOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    handshakeHeaders.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )

/**
 * `GET /ws?ticket=...&after=...` (shared/src/api/live.ts): who may come in is decided here, and what who is in may see; the connection
 * itself is handed over. Returns how to close all.
 */
export const attachLiveSocket = (server: Server, deps: LiveSocketDeps): (() => Promise<void>) => {
  const { clock, hub, tickets, principals } = deps
  const viewers = createViewers({ clock, principals, hub })
  const failures = createRateLimit({ clock, burst: 30, perSecond: 0.5, maxKeys: 10_000 })
  /** Between ticket and connection something may have changed that nobody was told who was not there yet. */
  const redeem = (ticket: string): Principal | undefined => {
    const holder = tickets.redeem(ticket)
    return holder && principals.lookAgain(holder)
  }
  /** Who asks; or why not. */
  const admit = (query: URLSearchParams, address: string): Principal | UpgradeRefusal => {
    if (failures.isExhausted(address)) return 429
    const principal = redeem(query.get('ticket') ?? '')
    if (!principal) {
      failures.take(address)
      return 401
    }
    return viewers.size() < maxSockets && hub.isReady() ? principal : 503
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { path, query } = upgradeTarget(request)
    if (path !== '/ws') {
      if (deps.refusesPath?.(path)) refuseUpgrade(socket, 404)
      return
    }
    socket.on('error', () => socket.destroy())
    const admitted = admit(query, nodeAddressOf(request, deps.trustProxy))
    if (typeof admitted === 'number') return refuseUpgrade(socket, admitted)
    const { viewer, view, leave } = viewers.join(admitted)
    const after = query.get('after')
    const entry = { viewer, view, headers: handshakeOf(request), head, ...(after !== null && { after }) }
    hub.enter({ entry, socket: request.socket, onLeave: leave })
  }
  server.on('upgrade', onUpgrade)
  return async () => {
    server.off('upgrade', onUpgrade)
    await hub.close()
    viewers.close()
  }
}

import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { liveCloseCodes } from '@mynah/shared/api/live.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import { watchPulse } from '../gateway/web-socket-pulse.ts'
import { type Audience, createAudience, type Membership } from './audience.ts'
import type { EventPosition, WrittenEvent } from './event-writer.ts'
import type { LiveLimits } from './live-limits.ts'
import type { LiveView } from './live-view.ts'

/** A browser whose right to come in was checked, with what is left of its request. Survives structured cloning. */
export type LiveEntry = {
  /** Whose rights it has: connections of one login share them. */
  readonly viewer: string
  readonly view: LiveView
  /** The last event that it knows. */
  readonly after?: string
  /** Those that the WebSocket handshake needs. */
  readonly headers: Readonly<Record<string, string>>
  /** What came behind the request. */
  readonly head: Uint8Array
}

export type LiveRoom = {
  readonly deliver: (event: WrittenEvent) => void
  /** Answers the request on this socket and serves it until it is closed, which the socket tells. */
  readonly enter: (entry: LiveEntry, socket: Socket) => void
  /** From the next event on. */
  readonly setView: (viewer: string, view: LiveView) => void
  /** Closes the connections of this viewer: its login is over. */
  readonly end: (viewer: string) => void
  /** Closes all; resolves when they are closed, or cut off. */
  readonly close: () => Promise<void>
  readonly waitingBytes: () => number
}

export type LiveRoomDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly from: EventPosition
  readonly limits: LiveLimits
}

/** Browsers have nothing to say here. */
const maxIncomingBytes = 1_024

type Connection = Membership & { readonly close: (code: number, reason: string) => void }

type Serving = { readonly entry: LiveEntry; readonly socket: Socket; readonly webSocket: WebSocket }

/** Serves one browser until either end closes. */
const serve = (
  { clock, log, limits, audience }: LiveRoomDeps & { readonly audience: Audience },
  { entry, socket, webSocket }: Serving,
): Connection => {
  let draining: Timer | undefined
  let leave = () => {}
  /** From here on it costs nothing more: no event is looked at for it, and what waits is all that will. */
  const giveUp = () => {
    leave()
    log.info('a live connection was too slow', { waitingBytes: webSocket.bufferedAmount })
    webSocket.close(liveCloseCodes.too_slow, 'too slow')
    draining = clock.startTimer(limits.drainMs, () => webSocket.terminate())
  }
  const send = (frame: Buffer) => {
    if (webSocket.readyState !== webSocket.OPEN) return
    if (socket.writableLength + frame.length > limits.maxBufferedBytes) giveUp()
    // Past `webSocket.send`, which would make a frame of its own for each: nothing is compressed, so nothing of its own is waiting.
    else socket.write(frame)
  }
  const membership = audience.join({ view: entry.view, send }, entry.after)
  leave = membership.leave
  watchPulse(webSocket, { clock, everyMs: limits.pingEveryMs })
  webSocket.on('error', (error) => log.debug('a live connection broke', { error }))
  webSocket.once('close', () => {
    draining?.cancel()
    leave()
  })
  return {
    ...membership,
    close: (code, reason) => {
      leave()
      webSocket.close(code, reason)
    },
  }
}

/** Each viewer has the connections that it has, and at least one. */
const createConnections = () => {
  const byViewer = new Map<string, Set<Connection>>()
  return {
    add: (viewer: string, connection: Connection) => {
      const connections = byViewer.get(viewer) ?? new Set()
      byViewer.set(viewer, connections.add(connection))
    },
    remove: (viewer: string, connection: Connection) => {
      const connections = byViewer.get(viewer)
      connections?.delete(connection)
      if (connections?.size === 0) byViewer.delete(viewer)
    },
    of: (viewer: string): Iterable<Connection> => byViewer.get(viewer) ?? [],
  }
}

/** Where browsers are told what happens: the connections of `/ws`, from the WebSocket handshake to the close. */
export const createLiveRoom = (deps: LiveRoomDeps): LiveRoom => {
  const { clock, from, limits } = deps
  const audience = createAudience({ from })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxIncomingBytes, perMessageDeflate: false })
  const connections = createConnections()
  const open = new Set<Socket>()
  const setView = (viewer: string, view: LiveView) => {
    for (const connection of connections.of(viewer)) connection.setView(view)
  }
  const enter = (entry: LiveEntry, socket: Socket) => {
    const { viewer, view, headers, head } = entry
    setView(viewer, view)
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const request = Object.assign(new IncomingMessage(socket), { method: 'GET', url: '/ws', headers })
    const onOpen = (webSocket: WebSocket) => {
      const connection = serve({ ...deps, audience }, { entry, socket, webSocket })
      connections.add(viewer, connection)
      webSocket.once('close', () => connections.remove(viewer, connection))
    }
    sockets.handleUpgrade(request, socket, Buffer.from(head), onOpen)
  }
  return {
    deliver: audience.deliver,
    enter,
    setView,
    end: (viewer) => {
      for (const { close } of connections.of(viewer)) close(liveCloseCodes.login_ended, 'login ended')
    },
    close: async () => {
      for (const webSocket of sockets.clients) webSocket.close(liveCloseCodes.stopping, 'the cloud stops')
      sockets.close()
      const everythingClosed = [...open].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      await Promise.race([Promise.all(everythingClosed), clock.sleep(limits.goodbyeMs)])
      for (const socket of open) socket.destroy()
    },
    waitingBytes: () => {
      let sum = 0
      for (const { writableLength } of open) sum += writableLength
      return sum
    },
  }
}

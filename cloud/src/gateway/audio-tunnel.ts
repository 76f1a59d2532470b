import type { IncomingMessage, Server } from 'node:http'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import { type DeviceCredentials, parseDeviceAuthorization } from '../auth/device-credentials.ts'
import { createRateLimit } from '../auth/rate-limit.ts'
import type { AudioPlane } from '../bridge/audio-plane.ts'
import type { Counter } from '../metrics/registry.ts'
import { messageBytes } from './message-bytes.ts'
import { refuseUpgrade, type UpgradeRefusal } from './refuse-upgrade.ts'
import { nodeAddressOf, type TrustProxy } from './remote-address.ts'
import { upgradeTarget } from './upgrade-target.ts'
import { watchPulse } from './web-socket-pulse.ts'

export type AudioTunnelDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly credentials: DeviceCredentials
  readonly plane: Pick<AudioPlane, 'attachTunnel'>
  readonly dropped: Counter
  /** Whether the address that failures are counted by is the one that a proxy names. */
  readonly trustProxy: TrustProxy
}

/** The largest datagram that UDP would carry over Ethernet. */
const maxDatagramBytes = 1_500
/** What may wait for a slow connection: two seconds of sound; the rest is dropped, as UDP would. */
const maxBufferedBytes = 64 * 1_024
const maxTunnels = 2_000
const pingEveryMs = 20_000
/** The live events of the panel and its Talk page answer for themselves. */
const servedElsewhere: ReadonlySet<string> = new Set(['/ws', '/talk/ws'])

/** Carries the datagrams of one speaker between its WebSocket and the audio plane until either end closes. */
const serveTunnel = (deps: AudioTunnelDeps, deviceId: string, socket: WebSocket) => {
  const { plane, dropped, clock } = deps
  const tunnel = plane.attachTunnel(deviceId, (datagram) => {
    if (socket.bufferedAmount > maxBufferedBytes) dropped.add({ reason: 'slow' })
    else socket.send(datagram, { binary: true })
  })
  watchPulse(socket, { clock, everyMs: pingEveryMs })
  socket.on('message', (message, isBinary) => {
    if (isBinary) tunnel.receive(messageBytes(message))
    else dropped.add({ reason: 'not_binary' })
  })
  socket.on('error', (error) => deps.log.debug('audio tunnel broke', { deviceId, error }))
  socket.once('close', () => tunnel.close())
}

/**
 * `GET /audio/ws`: where UDP does not pass, a speaker sends the same sealed datagrams as binary messages. A speaker has one tunnel,
 * a newer one takes over. Returns how to close all.
 */
export const attachAudioTunnel = (server: Server, deps: AudioTunnelDeps): (() => void) => {
  const { clock, credentials, log } = deps
  const failures = createRateLimit({ clock, burst: 30, perSecond: 0.5, maxKeys: 10_000 })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxDatagramBytes, perMessageDeflate: false })
  const byDevice = new Map<string, WebSocket>()

  const admit = (request: IncomingMessage): { deviceId: string } | UpgradeRefusal => {
    if (upgradeTarget(request).path !== '/audio/ws') return 404
    const address = nodeAddressOf(request, deps.trustProxy)
    if (failures.isExhausted(address)) return 429
    const claim = parseDeviceAuthorization(request.headers.authorization)
    if (!claim || !credentials.check(claim.deviceId, claim.password)) {
      failures.take(address)
      return 401
    }
    return byDevice.size < maxTunnels || byDevice.has(claim.deviceId) ? claim : 503
  }
  const open = (deviceId: string, socket: WebSocket) => {
    byDevice.get(deviceId)?.close(4_001, 'another connection of this speaker took over')
    byDevice.set(deviceId, socket)
    socket.once('close', () => {
      if (byDevice.get(deviceId) === socket) byDevice.delete(deviceId)
    })
    log.info('audio tunnel opened', { deviceId })
    serveTunnel(deps, deviceId, socket)
  }
  server.on('upgrade', (request, socket, head) => {
    if (servedElsewhere.has(upgradeTarget(request).path)) return
    socket.on('error', () => socket.destroy())
    const admitted = admit(request)
    if (typeof admitted === 'number') return refuseUpgrade(socket, admitted)
    sockets.handleUpgrade(request, socket, head, (webSocket) => open(admitted.deviceId, webSocket))
  })
  return () => {
    for (const socket of byDevice.values()) socket.terminate()
    sockets.close()
  }
}

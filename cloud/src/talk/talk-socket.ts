import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type TalkMessage, type TalkRequest, talkCloseCodes, talkRequestSchema } from '@mynah/shared/api/talk.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Principal, type Principals, rankOf } from '../auth/principals.ts'
import { createRateLimit, type RateLimit } from '../auth/rate-limit.ts'
import { messageBytes } from '../gateway/message-bytes.ts'
import { refuseUpgrade } from '../gateway/refuse-upgrade.ts'
import { nodeAddressOf, type TrustProxy } from '../gateway/remote-address.ts'
import { upgradeTarget } from '../gateway/upgrade-target.ts'
import { watchPulse } from '../gateway/web-socket-pulse.ts'
import type { Tickets } from '../live/tickets.ts'
import type { BrowserSpeakers, JoinedBrowser } from './browser-speakers.ts'
import { defaultTalkLimits, maxTalkMessageBytes, type TalkLimits } from './talk-limits.ts'

/** Who may talk where, from the moment of the ticket on. */
export type TalkPermit = { readonly principal: Principal; readonly homeId: string }

export type TalkSocketDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly tickets: Pick<Tickets<TalkPermit>, 'redeem'>
  readonly principals: Pick<Principals, 'lookAgain' | 'onForget'>
  readonly browsers: BrowserSpeakers
  readonly timeZoneOf: (homeId: string) => string | undefined
  /** Whether the address that failures are counted by is the one that a proxy names. */
  readonly trustProxy: TrustProxy
  readonly limits?: Partial<TalkLimits>
}

type CloseReason = keyof typeof talkCloseCodes

export const talkPath = '/talk/ws'

export const mayTalk = (principal: Principal, homeId: string): boolean => {
  const role = principal.homes.get(homeId)
  return role !== undefined && rankOf(role) >= rankOf('member')
}

/** What cannot be understood is answered by the close. */
const requestIn = (text: string): TalkRequest | undefined => {
  const parsed = v.safeParse(talkRequestSchema, parseJson(text))
  return parsed.success ? parsed.output : undefined
}

type Connection = {
  readonly deps: TalkSocketDeps
  readonly limits: TalkLimits
  readonly turns: RateLimit
  readonly permit: TalkPermit
  readonly socket: WebSocket
}

/** Serves one browser until either end closes. */
const serve = ({ deps, limits, turns, permit, socket }: Connection) => {
  const { clock, log, principals } = deps
  const { homeId } = permit
  let { principal } = permit
  const { personId } = principal
  const frames = createRateLimit({ clock, ...limits.frames, maxKeys: 1 })
  const texts = createRateLimit({ clock, ...limits.texts, maxKeys: 1 })

  const close = (reason: CloseReason) => {
    log.info('talk connection closed', { personId, homeId, reason })
    socket.close(talkCloseCodes[reason], reason)
    clock.startTimer(1_000, () => socket.terminate())
  }
  const send = (data: string | Uint8Array) => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.maxBufferedBytes) return close('too_slow')
    socket.send(data, { binary: typeof data !== 'string' })
  }
  const tell = (message: TalkMessage) => {
    if (message.type === 'phase' && message.phase === 'ended') restIdle()
    send(JSON.stringify(message))
  }
  const joined: JoinedBrowser | undefined = deps.browsers.join({
    personId,
    homeId,
    timeZone: deps.timeZoneOf(homeId),
    tell,
    playFrame: send,
  })
  if (!joined) return close('too_many')

  const onIdle = () => {
    if (joined.isTalking()) restIdle()
    else close('idle')
  }
  let idle = clock.startTimer(limits.idleMs, onIdle)
  const restIdle = () => {
    idle.cancel()
    idle = clock.startTimer(limits.idleMs, onIdle)
  }
  const lookAgain = () => {
    const now = principals.lookAgain(principal)
    if (!now) return close('login_ended')
    principal = now
    if (!mayTalk(now, homeId)) close('not_allowed')
  }
  const onText = (text: string) => {
    if (!texts.take('')) return close('flood')
    const request = requestIn(text)
    if (!request) return close('bad_message')
    if (request.type === 'start') {
      restIdle()
      if (!turns.take(personId)) return tell({ type: 'refused', reason: 'too_often' })
    }
    joined.request(request)
  }
  const onFrame = (frame: Uint8Array) => {
    if (!frames.take('')) return close('flood')
    if (!joined.hear(frame)) close('bad_message')
  }
  watchPulse(socket, { clock, everyMs: limits.pingEveryMs, onBeat: lookAgain })
  const stop = principals.onForget(lookAgain)
  socket.on('message', (message, isBinary) => {
    if (socket.readyState !== socket.OPEN) return
    if (isBinary) onFrame(messageBytes(message))
    else onText(messageBytes(message).toString())
  })
  socket.once('close', () => {
    idle.cancel()
    stop()
    joined.leave()
  })
  log.info('a browser may talk', { personId, homeId, deviceId: joined.deviceId })
  tell({ type: 'hello', volume: joined.volume() })
}

/** `GET /talk/ws?ticket=...` (shared/src/api/talk.ts). Returns how to close all. */
export const attachTalkSocket = (server: Server, deps: TalkSocketDeps): (() => void) => {
  const { clock, log } = deps
  const limits = { ...defaultTalkLimits, ...deps.limits }
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxTalkMessageBytes, perMessageDeflate: false })
  const failures = createRateLimit({ clock, burst: 30, perSecond: 0.5, maxKeys: 10_000 })
  const turns = createRateLimit({ clock, ...limits.turns, maxKeys: 10_000 })
  const stillGood = (permit: TalkPermit | undefined): TalkPermit | undefined => {
    const principal = permit && deps.principals.lookAgain(permit.principal)
    return permit && principal && mayTalk(principal, permit.homeId) ? { ...permit, principal } : undefined
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { path, query } = upgradeTarget(request)
    if (path !== talkPath) return
    socket.on('error', () => socket.destroy())
    const address = nodeAddressOf(request, deps.trustProxy)
    if (failures.isExhausted(address)) return refuseUpgrade(socket, 429)
    const permit = stillGood(deps.tickets.redeem(query.get('ticket') ?? ''))
    if (!permit) {
      failures.take(address)
      return refuseUpgrade(socket, 401)
    }
    if (sockets.clients.size >= limits.maxBrowsers) return refuseUpgrade(socket, 503)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', (error) => log.debug('a talk connection broke', { error }))
      serve({ deps, limits, turns, permit, socket: webSocket })
    })
  }
  server.on('upgrade', onUpgrade)
  return () => {
    server.off('upgrade', onUpgrade)
    for (const socket of sockets.clients) {
      socket.close(talkCloseCodes.stopping, 'the cloud stops')
      clock.startTimer(500, () => socket.terminate())
    }
    sockets.close()
  }
}

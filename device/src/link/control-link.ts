import type { Log } from '@mynah/shared/log/log.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { decodeToDevice, encodeMessage, parseTopic } from '@mynah/shared/wire/message.ts'
import {
  type FromDeviceKind,
  type FromDeviceMessage,
  retainedKinds,
  type ToDeviceKind,
  type ToDeviceMessage,
  toDevice,
  topicOf,
} from '@mynah/shared/wire/topics.ts'
import { type ConnectMqtt, type MqttConnection, MqttRefusedError } from './connect.ts'

type Outgoing<K extends FromDeviceKind> = Omit<FromDeviceMessage<K>, 'v'>

export type ControlMessage = {
  [K in ToDeviceKind]: { readonly kind: K; readonly message: ToDeviceMessage<K> }
}[ToDeviceKind]

export type ControlLinkDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly connectMqtt: ConnectMqtt
  readonly deviceId: string
  readonly mqttUrl: string
  readonly mqttPassword: string
  /** Validated messages of this device's topics. Called synchronously. */
  readonly onMessage: (message: ControlMessage) => void
  readonly onLink: (link: 'online' | 'offline') => void
  /** The broker is there and does not take this speaker's password; it is asked again and again all the same. */
  readonly onRefused?: () => void
}

export type ControlLink = {
  /**
   * QoS 1. While offline it waits in a bounded queue (256 messages, the oldest fall out) and goes out in order; with `now_or_never`
   * it is forgotten instead: a wake is never replayed.
   */
  readonly publish: <K extends FromDeviceKind>(kind: K, message: Outgoing<K>, when?: 'now_or_never' | 'queued') => void
  readonly isOnline: () => boolean
  readonly counters: () => { readonly dropped: number; readonly rejected: number; readonly unknownTopics: number }
  /** Connects and stays connected until `signal` aborts; then says goodbye with `online: false`. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

type Waiting = {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
  readonly replayed: boolean
}

const maxQueued = 256
const goodbyeTimeoutMs = 1_000
const backoff = { baseMs: 500, maxMs: 30_000 }
const reportEveryMs = 60_000
const steadyMs = 5_000

export const createControlLink = (deps: ControlLinkDeps): ControlLink => {
  const { clock, log, deviceId } = deps
  const statusTopic = topicOf(deviceId, 'status')
  const offlineStatus = encodeMessage('status', { online: false })
  let connection: MqttConnection | undefined
  // In order of publishing; those in flight stay until acknowledged.
  let queue: readonly Waiting[] = []
  const inFlight = new Set<Waiting>()
  let dropped = 0
  let rejected = 0
  let unknownTopics = 0
  let wasRefused = false
  let reportedAtMs = Number.NEGATIVE_INFINITY

  const forget = (message: Waiting) => {
    inFlight.delete(message)
    queue = queue.filter((waiting) => waiting !== message)
  }
  const hand = (to: MqttConnection, message: Waiting) => {
    inFlight.add(message)
    const settle = (delivered: boolean) => {
      inFlight.delete(message)
      if (delivered || !message.replayed) forget(message)
    }
    to.publish(message.topic, message.payload, { retain: message.retain }).then(
      () => settle(true),
      () => settle(false),
    )
  }
  const flush = (to: MqttConnection) => {
    for (const message of queue) if (!inFlight.has(message)) hand(to, message)
  }
  const publish: ControlLink['publish'] = (kind, message, when = 'queued') => {
    const replayed = when === 'queued'
    if (!connection && !replayed) return
    const retain = retainedKinds.has(kind)
    const topic = topicOf(deviceId, kind)
    const waiting: Waiting = { topic, payload: encodeOutgoing(kind, message), retain, replayed }
    // A retained topic has one truth: what waits unsent is outdated by this.
    if (retain) queue = queue.filter((earlier) => earlier.topic !== topic || inFlight.has(earlier))
    if (queue.length >= maxQueued) {
      queue = queue.slice(1)
      dropped++
    }
    queue = [...queue, waiting]
    if (connection) hand(connection, waiting)
  }
  const rejectMessage = (why: string, fields: Record<string, unknown>) => {
    rejected++
    if (clock.now() - reportedAtMs < reportEveryMs) return
    reportedAtMs = clock.now()
    log.warn('a control message was dropped', { why, rejected, unknownTopics, ...fields })
  }
  const receive = (topicText: string, payload: Uint8Array) => {
    const topic = parseTopic(topicText)
    if (topic?.direction !== 'to_device' || topic.deviceId !== deviceId) {
      unknownTopics++
      return rejectMessage('unknown topic', {})
    }
    const message = decodeControl(topic.kind, payload)
    if (!message.ok) return rejectMessage(message.error.message, { kind: topic.kind, code: message.error.code })
    deps.onMessage(message.value)
  }
  const connectOnce = async (signal: AbortSignal): Promise<number> => {
    const opened = await deps.connectMqtt({
      url: deps.mqttUrl,
      clientId: deviceId,
      username: deviceId,
      password: deps.mqttPassword,
      will: { topic: statusTopic, payload: offlineStatus },
    })
    const openedAtMs = clock.now()
    let stop = () => {}
    const over = new Promise<void>((resolve) => {
      stop = resolve
      opened.onClose(resolve)
    })
    signal.addEventListener('abort', stop, { once: true })
    opened.onMessage(receive)
    try {
      await opened.subscribe(inboundTopics(deviceId))
      if (!signal.aborted) {
        connection = opened
        inFlight.clear()
        deps.onLink('online')
        flush(opened)
        await over
      }
    } finally {
      signal.removeEventListener('abort', stop)
      if (connection) {
        connection = undefined
        // Of what was under way nobody says any more whether it arrived; what is now or never must not wait for the next broker.
        queue = queue.filter(({ replayed }) => replayed)
        deps.onLink('offline')
      }
      await leave(opened, signal)
    }
    return clock.now() - openedAtMs
  }
  const leave = async (opened: MqttConnection, signal: AbortSignal) => {
    try {
      if (signal.aborted) {
        const said = opened.publish(statusTopic, offlineStatus, { retain: true })
        await Promise.race([said, clock.sleep(goodbyeTimeoutMs)])
      }
      await Promise.race([opened.close(), clock.sleep(goodbyeTimeoutMs)])
    } catch (error) {
      log.debug('the goodbye to the broker failed', { error })
    }
  }
  /** An unknown password is not a network that is away: who looks into the log looks in another place. */
  const tellFailure = (attempt: number, error: unknown) => {
    const refused = error instanceof MqttRefusedError
    if (attempt % 10 === 0 || refused !== wasRefused) {
      const what = refused ? 'the broker does not take the password of this speaker' : 'the broker cannot be reached'
      log.warn(what, { attempt: attempt + 1, error })
    }
    wasRefused = refused
    if (refused) deps.onRefused?.()
  }
  /** One connection from its attempt to its end; answers how many attempts have failed in a row. */
  const live = async (attempt: number, signal: AbortSignal): Promise<number> => {
    try {
      const stayedMs = await connectOnce(signal)
      if (!signal.aborted) log.warn('the connection to the broker is lost', { stayedMs })
      // A broker that accepts and throws out again at once must not be hammered.
      return stayedMs > steadyMs ? 0 : attempt + 1
    } catch (error) {
      tellFailure(attempt, error)
      return attempt + 1
    }
  }
  const run = async (signal: AbortSignal) => {
    let attempt = 0
    while (!signal.aborted) {
      attempt = await live(attempt, signal)
      const delayMs = backoffDelayMs({ attempt: Math.max(0, attempt - 1), ...backoff, random: deps.random })
      await clock.sleep(delayMs, signal)
    }
  }
  return {
    publish,
    isOnline: () => connection !== undefined,
    counters: () => ({ dropped, rejected, unknownTopics }),
    run,
  }
}

const inboundTopics = (deviceId: string): readonly string[] =>
  Object.keys(toDevice).map((kind) => topicOf(deviceId, kind as ToDeviceKind)) // the keys of a const object are its kinds

// The kind ties message and schema together; TypeScript cannot follow that through a generic `Omit`.
const encodeOutgoing = <K extends FromDeviceKind>(kind: K, message: Outgoing<K>): Uint8Array =>
  encodeMessage(kind, message as Parameters<typeof encodeMessage<K>>[1])

const decodeControl = (kind: ToDeviceKind, payload: Uint8Array) => {
  const decoded = decodeToDevice(kind, payload)
  if (!decoded.ok) return decoded
  // Kind and message belong together by construction of the map of topics.
  return { ok: true, value: { kind, message: decoded.value } as ControlMessage } as const
}

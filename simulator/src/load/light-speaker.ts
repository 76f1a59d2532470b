import type { ControlMessage } from '@mynah/device/link/control-link.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { decodeToDevice, parseTopic } from '@mynah/shared/wire/message.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import {
  type DialogPhase,
  type FromDeviceKind,
  type FromDeviceMessage,
  retainedKinds,
  type ToDeviceKind,
  type ToDeviceMessage,
  toDevice,
  topicOf,
} from '@mynah/shared/wire/topics.ts'
import type { FleetDevice } from './fleet.ts'
import type { FrameTicker } from './frame-ticker.ts'
import { connectLightMqtt, type LightMqtt } from './light-mqtt.ts'
import { beginTurn, type LightTurn } from './light-turn.ts'
import type { SpeakersTally, TurnOutcome } from './speakers-tally.ts'
import type { StreamSocket } from './stream-socket.ts'
import type { Utterance } from './utterances.ts'

/** A speaker that weighs little: status, configuration and turns as a real one has them, without microphone and loudspeaker. */
export type LightSpeaker = {
  readonly deviceId: string
  /** Connects and stays connected, with back-off. Resolves when it is online for the first time, or given up. */
  readonly connect: () => Promise<void>
  readonly publishStatus: () => Promise<void>
  /** Resolves with `failed` when it is not online. */
  readonly talk: (utterance: Utterance) => Promise<TurnOutcome>
  readonly cut: () => void
  readonly close: () => void
  readonly statuses: () => {
    readonly sent: number
    readonly acknowledged: number
    readonly lastUptimeMs: number
    readonly sinceBegin: number
  }
}

export type LightSpeakerDeps = {
  readonly clock: Clock
  readonly device: FleetDevice
  readonly mqtt: { readonly host: string; readonly port: number }
  readonly socket: StreamSocket
  readonly ticker: FrameTicker
  readonly tally: SpeakersTally
  readonly checksContent: boolean
  readonly random: () => number
  /** Wall clock of the run's begin: statuses after it are counted. */
  readonly beganAtMs: () => number
}

const topicsOf = (deviceId: string) => Object.keys(toDevice).map((kind) => topicOf(deviceId, kind as ToDeviceKind)) // the keys of a const object are its kinds
const volumeSteps = 50
const backoffMs = { least: 300, most: 8_000 } as const
const maxAttempts = 40
const rememberedSessions = 4
const maxScheduled = 50

export const createLightSpeaker = (deps: LightSpeakerDeps): LightSpeaker => {
  const { clock, device, tally } = deps
  const deviceId = device.device_id
  const secret = Buffer.from(device.secret, 'base64url')
  const password = mqttPasswordOf(secret)
  let link: LightMqtt | undefined
  let closed = false
  let address: { readonly host: string; readonly port: number } | undefined
  let configVersion = 0
  let phase: DialogPhase = 'idle'
  let turn: LightTurn | undefined
  let earlierSessions: readonly string[] = []
  let lastSentUptimeMs = 0
  let retry: Timer | undefined
  const statuses = { sent: 0, acknowledged: 0, lastUptimeMs: 0, sinceBegin: 0 }
  const schedule = new Map<string, ScheduleItem>()

  const publish = <K extends FromDeviceKind>(kind: K, message: Omit<FromDeviceMessage<K>, 'v'>): Promise<boolean> =>
    link?.publish(topicOf(deviceId, kind), JSON.stringify({ v: 1, ...message }), retainedKinds.has(kind)) ??
    Promise.resolve(false)

  const publishStatus = async () => {
    // Distinct and growing: by it a browser and the list tell one status from another.
    const uptimeMs = Math.max(lastSentUptimeMs + 1, Math.round(clock.now()))
    lastSentUptimeMs = uptimeMs
    statuses.sent++
    const volume = uptimeMs % volumeSteps
    const acknowledged = await publish('status', {
      online: true,
      firmware: 'load',
      uptime_ms: uptimeMs,
      volume,
      muted: false,
      temperature_c: 40 + (uptimeMs % 10),
      phase,
      config_version: configVersion,
    })
    if (!acknowledged) return
    statuses.acknowledged++
    statuses.lastUptimeMs = Math.max(statuses.lastUptimeMs, uptimeMs)
    if (uptimeMs >= deps.beganAtMs()) statuses.sinceBegin++
  }
  const tell = (act: Promise<unknown>) => {
    act.catch(() => tally.fault('a message of a speaker could not be sent'))
  }
  const onConfig = (version: number) => {
    configVersion = version
    tell(publish('config/ack', { version, applied: true }).then((sent) => sent && tally.configApplied()))
  }
  /** It keeps what it is given and says so; to ring is the real speaker's. */
  const onSchedule = ({ change }: ToDeviceMessage<'schedule'>) => {
    if (change.action === 'set' && (schedule.size < maxScheduled || schedule.has(change.item.item_id)))
      schedule.set(change.item.item_id, change.item)
    if (change.action === 'cancel') schedule.delete(change.item_id)
    if (change.action === 'cancel_all')
      for (const { item_id, kind } of schedule.values()) if (kind === change.kind) schedule.delete(item_id)
    tell(publish('schedule/state', { items: [...schedule.values()], applied_change_id: change.change_id }))
  }
  /** A message of a session belongs to the turn under way, or to one that has just ended. */
  const ofTurn = (sessionId: string, act: (current: LightTurn) => void) => {
    if (turn?.sessionId === sessionId) act(turn)
    else if (!earlierSessions.includes(sessionId))
      tally.violation('a speaker was told of a session that is not its own')
  }
  const onMessage = (topicText: string, payload: Buffer) => {
    const topic = parseTopic(topicText)
    if (topic?.direction !== 'to_device' || topic.deviceId !== deviceId)
      return tally.violation('a speaker got a message of another topic')
    const decoded = decodeToDevice(topic.kind, payload)
    if (!decoded.ok) return tally.violation(`a message of the cloud is not valid: ${topic.kind}`)
    // Kind and message belong together by construction of the map of topics.
    dispatch({ kind: topic.kind, message: decoded.value } as ControlMessage)
  }
  const dispatch = ({ kind, message }: ControlMessage) => {
    switch (kind) {
      case 'bridge':
        address = message.udp
        return
      case 'config':
        return onConfig(message.version)
      case 'wake/ack':
        return ofTurn(message.session_id, (current) => current.onAck(message))
      case 'transcript':
        return ofTurn(message.session_id, (current) => current.onTranscript(message))
      case 'session':
        return ofTurn(message.session_id, (current) => current.onSession(message))
      case 'play':
        return message.session_id === undefined
          ? undefined
          : ofTurn(message.session_id, (current) => current.onPlay(message))
      case 'schedule':
        return onSchedule(message)
      case 'command':
        return
    }
  }
  const open = async () => {
    const startedMs = clock.now()
    link = await connectLightMqtt({
      ...deps.mqtt,
      clock,
      clientId: deviceId,
      password,
      will: { topic: topicOf(deviceId, 'status'), payload: '{"v":1,"online":false}' },
      topics: topicsOf(deviceId),
      onMessage,
      onClose,
    })
    tally.connected(clock.now() - startedMs)
    await publishStatus()
  }
  const onClose = () => {
    link = undefined
    tally.disconnected()
    turn?.abandon()
    if (closed) return
    tally.fault('a connection of a speaker broke')
    tally.reconnected()
    tell(connect())
  }
  const connect = async () => {
    for (let attempt = 0; attempt < maxAttempts && !closed; attempt++) {
      try {
        return await open()
      } catch {
        const most = Math.min(backoffMs.most, backoffMs.least * 2 ** attempt)
        await new Promise<void>((resolve) => {
          retry = clock.startTimer(most * (0.5 + deps.random() / 2), resolve)
        })
      }
    }
    if (!closed) tally.violation('a speaker could not connect')
  }
  return {
    deviceId,
    connect,
    publishStatus,
    talk: async (utterance) => {
      if (!link || !address) return 'failed'
      turn = beginTurn({
        ...deps,
        secret,
        utterance,
        address,
        publish: (kind, message) => tell(publish(kind, message)),
        onPhase: (next) => {
          phase = next
          tell(publishStatus())
        },
      })
      const outcome = await turn.outcome
      earlierSessions = [turn.sessionId, ...earlierSessions].slice(0, rememberedSessions)
      turn = undefined
      if (phase !== 'idle') {
        phase = 'idle'
        tell(publishStatus())
      }
      return outcome
    },
    cut: () => link?.cut(),
    close: () => {
      closed = true
      retry?.cancel()
      link?.close()
    },
    statuses: () => statuses,
  }
}

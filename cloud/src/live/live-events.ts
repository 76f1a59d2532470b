import type { LiveEvent } from '@mynah/shared/api/live.ts'
import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { BrokerClient, DeviceMessage } from '../broker/broker-client.ts'
import type { AlertKeeper } from './alert-keeper.ts'
import { type Alert, alertsOf, speakerStates } from './alerts.ts'
import type { LiveHub } from './hub.ts'
import type { ObservedBroker, SentMessage } from './observed-broker.ts'
import type { SpeakerChange, Speakers } from './speakers.ts'

export type LiveEventsDeps = {
  readonly hub: Pick<LiveHub, 'publish'>
  readonly speakers: Pick<Speakers, 'onChange'>
  /** Of a speaker, or of a browser that talks. */
  readonly homeOf: (deviceId: string) => string | undefined
  readonly broker: ObservedBroker<Pick<BrokerClient, 'publish' | 'onMessage'>>
  readonly keeper: Pick<AlertKeeper, 'begin' | 'end' | 'note' | 'lasts'>
  /** False where another process keeps what goes wrong at speakers: a bridge beside a gateway. Its browsers hear it from the keeper. */
  readonly keepsAlerts: boolean
}

type Heard = { readonly heard: string | null; readonly isFinal: boolean; readonly reply: string | null }
type SessionPhase = Extract<LiveEvent, { type: 'session' }>['phase']

const maxSessions = 2_000
const nothing: Heard = { heard: null, isFinal: false, reply: null }

/** What was heard and answered so far, of turns under way. */
const createRunningTurns = () => {
  const turns = new Map<string, Heard>()
  return {
    with: (sessionId: string, more: Partial<Heard>): Heard => {
      const turn = { ...(turns.get(sessionId) ?? nothing), ...more }
      turns.delete(sessionId)
      turns.set(sessionId, turn)
      const oldest = turns.keys().next()
      if (turns.size > maxSessions && !oldest.done) turns.delete(oldest.value)
      return turn
    },
    end: (sessionId: string) => void turns.delete(sessionId),
  }
}

/** `update_state` of an installation that goes well, or was not to be. */
const goodUpdates: ReadonlySet<string> = new Set([
  'verified',
  'downloaded',
  'unpacked',
  'switched',
  'installed',
  'confirmed',
  'not_newer',
  'stopped',
])
/** Worth being read tomorrow. */
const isTrouble = ({ kind, detail }: Omit<Alert, 'state'>): boolean =>
  kind !== 'update' || !goodUpdates.has(String(detail.code))

const alertInEvent = ({
  type,
  code = 'unknown',
  message = '',
}: FromDeviceMessage<'event'>): Omit<Alert, 'state'> | undefined => {
  if (type === 'error') return { kind: 'speaker_error', severity: 'warning', detail: { code, message } }
  return type === 'update_state' ? { kind: 'update', severity: 'info', detail: { code, message } } : undefined
}

/** What a person should know of a single message of a speaker. */
const alertInMessage = ({ kind, message }: DeviceMessage): Omit<Alert, 'state'> | undefined => {
  switch (kind) {
    case 'event':
      return alertInEvent(message)
    case 'config/ack':
      if (message.applied) return undefined
      return { kind: 'config_refused', severity: 'warning', detail: { version: message.version, ...message.error } }
    case 'playback': {
      const isLost = message.state === 'failed' && message.session_id === undefined
      const detail = { play_id: message.play_id, code: message.error?.code ?? 'failed' }
      return isLost ? { kind: 'announcement_failed', severity: 'warning', detail } : undefined
    }
    default:
      return undefined
  }
}

/** Turns what passes through the broker, and every change of a speaker, into live events. Returns how to stop. */
export const startLiveEvents = (deps: LiveEventsDeps): (() => void) => {
  const { hub, speakers, homeOf, broker, keeper, keepsAlerts } = deps
  const turns = createRunningTurns()

  const happened = (deviceId: string, homeId: string, alert: Omit<Alert, 'state'>) => {
    hub.publish({ type: 'alert', home_id: homeId, device_id: deviceId, fields: { state: 'raised', ...alert } })
    const severity = alert.severity === 'info' ? 'warning' : alert.severity
    if (keepsAlerts && isTrouble(alert)) keeper.note({ ...alert, severity, homeId, deviceId, subject: deviceId })
  }
  const raisedAt = (deviceId: string, homeId: string) =>
    new Set(speakerStates.filter((kind) => keeper.lasts({ homeId, kind, subject: deviceId })))
  const tell = (
    deviceId: string,
    sessionId: string,
    phase: SessionPhase,
    more: Partial<Heard> & { outcome?: string; error?: { stage: string; code: string } } = {},
  ) => {
    const { outcome = null, error = null, ...heardNow } = more
    const homeId = homeOf(deviceId)
    const { heard, isFinal, reply } = turns.with(sessionId, heardNow)
    if (phase === 'ended') turns.end(sessionId)
    if (homeId === undefined) return
    const fields = { session_id: sessionId, phase, heard, heard_is_final: isFinal, reply, outcome, error }
    hub.publish({ type: 'session', home_id: homeId, device_id: deviceId, fields })
  }

  const onSession = (deviceId: string, message: Extract<SentMessage, { kind: 'session' }>['message']) =>
    tell(deviceId, message.session_id, message.phase, {
      ...(message.heard_text !== undefined && { heard: message.heard_text, isFinal: true }),
      ...(message.reply_text !== undefined && { reply: message.reply_text }),
      ...(message.error && { error: { stage: message.error.stage, code: message.error.code } }),
    })
  const onPublish = ({ deviceId, kind, message }: SentMessage) => {
    if (kind === 'transcript') {
      tell(deviceId, message.session_id, 'recognising', { heard: message.text, isFinal: message.final })
    } else if (kind === 'session') onSession(deviceId, message)
    else if (kind === 'wake/ack' && message.accepted) tell(deviceId, message.session_id, 'recognising')
  }
  const tellSchedule = (deviceId: string, items: FromDeviceMessage<'schedule/state'>['items']) => {
    const homeId = homeOf(deviceId)
    if (homeId === undefined) return
    hub.publish({ type: 'schedule_update', home_id: homeId, device_id: deviceId, fields: { items } })
  }
  const onMessage = (incoming: DeviceMessage) => {
    const { deviceId, kind, message } = incoming
    if (kind === 'session_end') tell(deviceId, message.session_id, 'ended', { outcome: message.reason })
    if (kind === 'schedule/state') tellSchedule(deviceId, message.items)
    const found = alertInMessage(incoming)
    const homeId = found && homeOf(deviceId)
    if (found && homeId !== undefined) happened(deviceId, homeId, found)
  }
  const onRemoved = ({ deviceId, homeId }: Extract<SpeakerChange, { type: 'removed' }>) => {
    if (keepsAlerts) for (const kind of speakerStates) keeper.end({ homeId, kind, subject: deviceId })
    hub.publish({ type: 'device_removed', home_id: homeId, device_id: deviceId })
  }
  const keepAlerts = ({ deviceId, speaker, before }: Extract<SpeakerChange, { type: 'updated' }>) => {
    const { homeId, view } = speaker
    for (const { state, ...alert } of alertsOf(before?.view, view, raisedAt(deviceId, homeId))) {
      const place = { homeId, kind: alert.kind, subject: deviceId }
      if (state === 'raised') keeper.begin({ ...alert, ...place, deviceId })
      else keeper.end(place, alert.detail)
    }
  }
  const onChange = (change: SpeakerChange) => {
    if (change.type === 'removed') return onRemoved(change)
    const { homeId, json } = change.speaker
    hub.publish({ type: 'status_update', home_id: homeId, device_id: change.deviceId, deviceJson: json })
    if (keepsAlerts) keepAlerts(change)
  }
  const stops = [speakers.onChange(onChange), broker.onPublish(onPublish), broker.onMessage(onMessage)]
  return () => {
    for (const stop of stops) stop()
  }
}

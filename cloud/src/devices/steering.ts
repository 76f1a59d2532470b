import { randomBytes } from 'node:crypto'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { ScheduleChange } from '@mynah/shared/wire/schedule-item.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { BrokerClient, DeviceMessage } from '../broker/broker-client.ts'
import type { ConfigFailure } from '../store/config-store.ts'
import type { Store } from '../store/open-store.ts'

type SteeringDeps = {
  readonly clock: Clock
  readonly store: Pick<Store, 'configs' | 'audit' | 'atOnce' | 'durable'>
  readonly broker: Pick<BrokerClient, 'publish' | 'onMessage'>
}

type Settings = Partial<Omit<ToDeviceMessage<'config'>, 'v' | 'version'>>

/** What a person may set; the version is the cloud's. Null: not set any more. */
export type ConfigChange = { readonly [K in keyof Settings]: Settings[K] | null }

/** All settings after a change. What is not set is left out: a speaker then takes what stands for it. */
const settingsAfter = (before: Settings | undefined, change: ConfigChange): Settings => {
  const settings = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null)
  // The fields of both, without those that are null.
  return Object.fromEntries(settings) as Settings
}
/** `pending`: stored, and applied by the speaker as soon as it is there. */
export type ConfigOutcome =
  | { readonly state: 'applied' | 'pending'; readonly version: number }
  | { readonly state: 'refused'; readonly version: number; readonly error: ConfigFailure }
  /** Nothing was stored: `version` is there, not the one that the change was made on. */
  | { readonly state: 'conflict'; readonly version: number }
export type CommandOutcome =
  | { readonly state: 'done'; readonly report?: Readonly<Record<string, unknown>> }
  | { readonly state: 'refused'; readonly error: { readonly code: string; readonly message: string } }
  | { readonly state: 'no_answer' }
export type ScheduleOutcome = { readonly state: 'applied' | 'no_answer' }

export type Steering = {
  /** Stores the changed configuration, publishes it retained, and waits up to a second for the speaker. `onVersion`: only on that one. */
  readonly setConfig: (
    request: {
      readonly deviceId: string
      readonly change: ConfigChange
      readonly actor: string
      readonly onVersion?: number | undefined
    },
    signal: AbortSignal,
  ) => Promise<ConfigOutcome>
  readonly command: (
    request: {
      readonly deviceId: string
      readonly command: ToDeviceMessage<'command'>['command']
      readonly actor: string
    },
    signal: AbortSignal,
  ) => Promise<CommandOutcome>
  /** Sends a change of timers and alarms; `applied` once the speaker reports that it holds. */
  readonly changeSchedule: (
    request: { readonly deviceId: string; readonly change: ScheduleChange },
    signal: AbortSignal,
  ) => Promise<ScheduleOutcome>
  readonly close: () => void
}

const configAckMs = 1_000
const commandAckMs = 3_000
/** It listens to the room before it answers, the doctor asks the network besides. */
const listeningAckMs = 12_000
const listens: ReadonlySet<string> = new Set(['doctor', 'record_own_word'])
const scheduleAckMs = 3_000
/** A timer that is so late says that this process was held up, and that what came meanwhile has not been read yet. */
const heldUpMs = 100

type Waiter = {
  readonly isAnswer: (message: DeviceMessage) => boolean
  readonly settle: (message: DeviceMessage) => void
}

/**
 * Waits for the first message that answers; undefined after `timeoutMs` or an abort. When this process itself was held up it waits as
 * much longer, once and at most as long again: timers run before what waits in the sockets, and a speaker that answered in time
 * would be called absent.
 */
const createAnswers = ({ clock, broker }: Pick<SteeringDeps, 'clock' | 'broker'>) => {
  const waiting = new Set<Waiter>()
  const stop = broker.onMessage((message) => {
    for (const waiter of waiting) if (waiter.isAnswer(message)) waiter.settle(message)
  })
  const next = (isAnswer: Waiter['isAnswer'], timeoutMs: number, signal: AbortSignal) =>
    new Promise<DeviceMessage | undefined>((resolve) => {
      let timer: Timer | undefined
      const end = (message?: DeviceMessage) => {
        waiting.delete(waiter)
        timer?.cancel()
        signal.removeEventListener('abort', onAbort)
        resolve(message)
      }
      const onAbort = () => end()
      const waiter: Waiter = { isAnswer, settle: end }
      if (signal.aborted) return end()
      waiting.add(waiter)
      signal.addEventListener('abort', onAbort, { once: true })
      const dueMs = clock.now() + timeoutMs
      timer = clock.startTimer(timeoutMs, () => {
        const lateMs = clock.now() - dueMs
        if (lateMs < heldUpMs) end()
        else timer = clock.startTimer(Math.min(lateMs, timeoutMs), onAbort)
      })
    })
  return { next, stop }
}

const failureOf = (error: FromDeviceMessage<'config/ack'>['error']): ConfigFailure =>
  error ?? { code: 'refused', field: '', message: 'The speaker gave no reason' }

/** Changing a speaker from the cloud: each change is idempotent by its version or id, an absent speaker catches up later. */
export const createSteering = ({ clock, store, broker }: SteeringDeps): Steering => {
  const answers = createAnswers({ clock, broker })

  const setConfig: Steering['setConfig'] = async ({ deviceId, change, actor, onVersion }, signal) => {
    const fields = Object.keys(change).sort().join(' ')
    // Looked at and written in one transaction: another process may change the same speaker at this moment.
    const config = store.atOnce(() => {
      const before = store.configs.latest(deviceId)?.config
      if (onVersion !== undefined && onVersion !== (before?.version ?? 0)) return undefined
      const added = store.configs.add(deviceId, (version) => ({ ...settingsAfter(before, change), v: 1, version }))
      const detail = { version: added.version, fields }
      store.audit.add({ actor, action: 'config_changed', target: deviceId, detail })
      return added
    })
    if (!config) return { state: 'conflict', version: store.configs.latest(deviceId)?.config.version ?? 0 }
    const isAck = (incoming: DeviceMessage) =>
      incoming.deviceId === deviceId && incoming.kind === 'config/ack' && incoming.message.version === config.version
    // A version that a speaker has applied must not be given again to something else after a power cut.
    if (store.durable) await store.durable()
    const answered = answers.next(isAck, configAckMs, signal)
    broker.publish(deviceId, 'config', config)
    const answer = await answered
    if (answer?.kind !== 'config/ack') return { state: 'pending', version: config.version }
    return answer.message.applied
      ? { state: 'applied', version: config.version }
      : { state: 'refused', version: config.version, error: failureOf(answer.message.error) }
  }

  const command: Steering['command'] = async ({ deviceId, command: wanted, actor }, signal) => {
    const commandId = randomBytes(12).toString('base64url')
    // Who only looks changes nothing.
    if (wanted.type !== 'list_own_words')
      store.audit.add({ actor, action: 'command_sent', target: deviceId, detail: { command: wanted.type } })
    const isAck = (incoming: DeviceMessage) =>
      incoming.deviceId === deviceId && incoming.kind === 'command/ack' && incoming.message.command_id === commandId
    const answered = answers.next(isAck, listens.has(wanted.type) ? listeningAckMs : commandAckMs, signal)
    broker.publish(deviceId, 'command', { v: 1, command_id: commandId, command: wanted })
    const answer = await answered
    if (answer?.kind !== 'command/ack') return { state: 'no_answer' }
    const { ok, report, error } = answer.message
    if (!ok) return { state: 'refused', error: error ?? { code: 'refused', message: 'The speaker gave no reason' } }
    return { state: 'done', ...(report && { report }) }
  }

  const changeSchedule: Steering['changeSchedule'] = async ({ deviceId, change }, signal) => {
    const isAck = (incoming: DeviceMessage) =>
      incoming.deviceId === deviceId &&
      incoming.kind === 'schedule/state' &&
      incoming.message.applied_change_id === change.change_id
    const answered = answers.next(isAck, scheduleAckMs, signal)
    broker.publish(deviceId, 'schedule', { v: 1, change })
    return { state: (await answered) ? 'applied' : 'no_answer' }
  }

  return { setConfig, command, changeSchedule, close: answers.stop }
}

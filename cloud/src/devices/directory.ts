import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Instant } from '@mynah/shared/time/instant.ts'
import { defaultFollowUpMs } from '@mynah/shared/wire/config-defaults.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { KnownDevice } from '../bridge/session/ports.ts'
import type { BrokerClient, DeviceMessage } from '../broker/broker-client.ts'
import type { Store } from '../store/open-store.ts'
import type { SeenStatus } from '../store/status-store.ts'
import type { Duties } from '../supervise/duties.ts'
import { eachEnrolled } from './each-enrolled.ts'

export type DirectoryDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly store: Pick<Store, 'devices' | 'configs' | 'status' | 'schedule' | 'events'>
  readonly broker: Pick<BrokerClient, 'publish' | 'onMessage' | 'onPresence'>
  /** The address to which a speaker sends its sound; undefined while this cloud runs no audio plane. */
  readonly addressFor: (deviceId: string) => { readonly host: string; readonly port: number } | undefined
  /** `keepsHomes`: writes what speakers report and tells them their configuration; `holdsTurns`: tells them the address. */
  readonly duties: Duties
  /** IANA name for speakers that have none of their own. */
  readonly timeZone: string
}

export type DeviceSummary = {
  readonly deviceId: string
  readonly name?: string
  readonly online: boolean
  readonly seenAt?: Instant
  readonly firmware?: string
}

export type Directory = {
  /** What is known of an enrolled speaker that may take part; undefined for every other. Below a millisecond. */
  readonly find: (deviceId: string) => KnownDevice | undefined
  readonly list: () => readonly DeviceSummary[]
  readonly onlineCount: () => number
  /** Makes a speaker that has just enrolled known to the broker's late subscribers: bridge address and configuration. */
  readonly announce: (deviceId: string) => void
  /** Follows the broker and writes statuses in batches until `signal` aborts; what is unwritten is then written. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const statusFlushMs = 500
const statusesPerWrite = 100
const defaultVolume = 50

const offline: FromDeviceMessage<'status'> = { v: 1, online: false }

/** Last known statuses; changed ones wait here for the next write, where it is this process that writes them. */
const createStatusCache = ({ clock, store, duties }: Pick<DirectoryDeps, 'clock' | 'store' | 'duties'>) => {
  const seen = new Map<string, SeenStatus>()
  const unwritten = new Set<string>()
  let wake = () => {}
  // Whoever is online says so again: after a start nobody is until then.
  for (const stored of store.status.list()) {
    seen.set(stored.deviceId, { ...stored, status: { ...stored.status, online: false } })
  }
  return {
    get: (deviceId: string) => seen.get(deviceId),
    set: (deviceId: string, status: FromDeviceMessage<'status'>) => {
      seen.set(deviceId, { deviceId, status, seenAt: clock.wallTime() })
      if (!duties.keepsHomes) return
      unwritten.add(deviceId)
      wake()
    },
    /** Resolves when there is something to write, or when `signal` aborts: a house where nothing changes wakes nobody. */
    untilUnwritten: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        if (unwritten.size > 0 || signal.aborted) return resolve()
        const done = () => {
          wake = () => {}
          signal.removeEventListener('abort', done)
          resolve()
        }
        wake = done
        signal.addEventListener('abort', done, { once: true })
      }),
    onlineCount: () => [...seen.values()].filter(({ status }) => status.online).length,
    /** Writes one slice; true when more are left. A slice holds the event loop for a few milliseconds at most. */
    writeSlice: (): boolean => {
      if (unwritten.size === 0) return false
      const slice = [...unwritten].slice(0, statusesPerWrite)
      store.status.save(slice.flatMap((deviceId) => seen.get(deviceId) ?? []))
      for (const deviceId of slice) unwritten.delete(deviceId)
      return unwritten.size > 0
    },
  }
}

type StatusCache = ReturnType<typeof createStatusCache>

const createReader = (deps: DirectoryDeps, statuses: StatusCache) => {
  const schedules = new Map<string, readonly ScheduleItem[]>(deps.store.schedule.listAll())
  const configs = new Map(deps.store.configs.listLatest().map(({ deviceId, config }) => [deviceId, config]))
  const find = (deviceId: string): KnownDevice | undefined => {
    // Read through: another process may have enrolled or revoked it.
    const device = deps.store.devices.find(deviceId)
    if (!device || device.revoked) return undefined
    const config = configs.get(deviceId) ?? deps.store.configs.latest(deviceId)?.config
    return {
      deviceId,
      homeId: device.homeId,
      secret: device.secret,
      language: config?.language ?? 'en',
      ...(config?.voice !== undefined && { voice: config.voice }),
      ...(config?.name !== undefined && { name: config.name }),
      ...(config?.room !== undefined && { room: config.room }),
      timeZone: config?.time_zone ?? deps.timeZone,
      volume: statuses.get(deviceId)?.status.volume ?? config?.volume ?? defaultVolume,
      followUpMs: config?.follow_up_ms ?? defaultFollowUpMs,
      schedule: schedules.get(deviceId) ?? [],
    }
  }
  return { find, schedules, configs }
}

/** What is known of every speaker: kept in memory, by one process also on disk, and told to the broker. */
export const createDirectory = (deps: DirectoryDeps): Directory => {
  const { clock, store, broker, log, duties } = deps
  const statuses = createStatusCache(deps)
  const { find, schedules, configs } = createReader(deps, statuses)
  const announced = new Set<string>()

  const announce = (deviceId: string) => {
    announced.add(deviceId)
    const udp = duties.holdsTurns ? deps.addressFor(deviceId) : undefined
    if (udp) broker.publish(deviceId, 'bridge', { v: 1, udp: { host: udp.host, port: udp.port } })
    const stored = store.configs.latest(deviceId)
    if (!stored) return
    configs.set(deviceId, stored.config)
    if (duties.keepsHomes) broker.publish(deviceId, 'config', stored.config)
  }
  const onStatus = (deviceId: string, status: FromDeviceMessage<'status'>) => {
    const wasOnline = statuses.get(deviceId)?.status.online ?? false
    statuses.set(deviceId, status)
    if (status.online !== wasOnline) log.info(status.online ? 'speaker online' : 'speaker offline', { deviceId })
  }
  /** From now on its turns are in the new language and time zone. */
  const onApplied = (deviceId: string) => {
    const stored = store.configs.latest(deviceId)
    if (stored) configs.set(deviceId, stored.config)
  }
  const onMessage = (incoming: DeviceMessage) => {
    // Enrolled since the start, by the process beside this one: that one does not know where its sound goes.
    if (!duties.keepsHomes && !announced.has(incoming.deviceId) && find(incoming.deviceId)) announce(incoming.deviceId)
    if (incoming.kind === 'config/ack' && incoming.message.applied) onApplied(incoming.deviceId)
    if (incoming.kind === 'status') onStatus(incoming.deviceId, incoming.message)
    else if (incoming.kind === 'schedule/state') schedules.set(incoming.deviceId, incoming.message.items)
    if (duties.keepsHomes) recordMessage(store, incoming)
  }
  const onPresence = ({ deviceId, connected }: { deviceId: string; connected: boolean }) => {
    if (connected) return announce(deviceId)
    // A connection that ended without its last will (none was set, or a polite goodbye) is over all the same.
    if (statuses.get(deviceId)?.status.online) onStatus(deviceId, { ...statuses.get(deviceId)?.status, ...offline })
  }

  return {
    find,
    announce,
    onlineCount: statuses.onlineCount,
    list: () =>
      store.devices.enrolledIds().map((deviceId) => summaryOf(deviceId, configs.get(deviceId), statuses.get(deviceId))),
    run: async (signal) => {
      const stops = [broker.onMessage(onMessage), broker.onPresence(onPresence)]
      await eachEnrolled({ clock, devices: store.devices }, announce, signal)
      while (!signal.aborted) {
        await statuses.untilUnwritten(signal)
        await clock.sleep(statusFlushMs, signal)
        while (statuses.writeSlice() && !signal.aborted) await clock.sleep(1, signal)
      }
      for (const stop of stops) stop()
      while (statuses.writeSlice());
    },
  }
}

/** What a speaker reports beside its status goes to disk before the broker acknowledges it. */
const recordMessage = (store: DirectoryDeps['store'], { deviceId, kind, message }: DeviceMessage) => {
  switch (kind) {
    case 'schedule/state':
      return store.schedule.replace(deviceId, message.items)
    case 'event':
      return store.events.add(deviceId, message)
    case 'config/ack':
      return applyConfigAck(store, deviceId, message)
    default:
      // wake, playback, session_end belong to the bridge; acknowledgements of commands to whoever sent them.
      return
  }
}

const applyConfigAck = (store: DirectoryDeps['store'], deviceId: string, ack: FromDeviceMessage<'config/ack'>) => {
  const error = ack.error && { error: { ...ack.error } }
  store.configs.acknowledge(deviceId, ack.version, { state: ack.applied ? 'applied' : 'refused', ...error })
}

const summaryOf = (
  deviceId: string,
  config: ToDeviceMessage<'config'> | undefined,
  seen: SeenStatus | undefined,
): DeviceSummary => ({
  deviceId,
  ...(config?.name !== undefined && { name: config.name }),
  online: seen?.status.online ?? false,
  ...(seen && { seenAt: seen.seenAt }),
  ...(seen?.status.firmware !== undefined && { firmware: seen.status.firmware }),
})

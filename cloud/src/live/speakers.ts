import { randomBytes } from 'node:crypto'
import type { DeviceView } from '@mynah/shared/api/devices.ts'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { BrokerClient, DeviceMessage } from '../broker/broker-client.ts'
import type { DeviceRegistry, RegisteredDevice } from '../store/device-registry.ts'
import type { Store } from '../store/open-store.ts'
import type { JsonBytes } from './json-bytes.ts'
import type { ObservedBroker, SentMessage } from './observed-broker.ts'
import { steadyPartOf, unseen, withConfig, withStatus } from './speaker-view.ts'

export type Speaker = {
  readonly homeId: string
  readonly enrolledAt: string
  readonly view: DeviceView
  /** `view` as JSON: serialised once per change, for lists and for every browser. */
  readonly json: string
  /** What of it a list must never show stale. */
  readonly steady: string
}

export type SpeakerChange =
  | {
      readonly type: 'updated'
      readonly deviceId: string
      readonly speaker: Speaker
      readonly before: Speaker | undefined
    }
  | { readonly type: 'removed'; readonly deviceId: string; readonly homeId: string }

export type SpeakerPage = { readonly homeIds: readonly string[]; readonly after: string; readonly limit: number }

export type Speakers = {
  readonly find: (deviceId: string) => Speaker | undefined
  readonly idsIn: (homeIds: readonly string[]) => readonly string[]
  /** A page as JSON in UTF-8 and its ETag: never stale after a change, figures of a running speaker at most a minute. */
  readonly page: (request: SpeakerPage) => JsonBytes
  /** Reads one speaker's home and configuration from the store again; a speaker that is not there any more is removed. */
  readonly reload: (deviceId: string) => void
  readonly onChange: (listener: (change: SpeakerChange) => void) => () => void
  /** Follows the broker until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type SpeakersDeps = {
  readonly clock: Clock
  readonly registry: DeviceRegistry
  readonly store: Pick<Store, 'configs' | 'status'>
  readonly broker: ObservedBroker<Pick<BrokerClient, 'publish' | 'onMessage' | 'onPresence'>>
  readonly writeCursor: (deviceId: string) => string
}

const freshMs = 60_000
const maxPages = 500

type Page = JsonBytes & { readonly revision: number; readonly untilMs: number }

/** Pages of the list: what was built is sent again until one of its speakers changes. */
const createPages = ({ clock, writeCursor }: SpeakersDeps, speakers: ReadonlyMap<string, Speaker>) => {
  const pages = new Map<string, Page>()
  const idLists = new Map<string, readonly string[]>()
  const boot = randomBytes(6).toString('base64url')
  /** How often something changed that a list of this home must not show stale. */
  const revisions = new Map<string, number>()
  let built = 0
  // The counts only grow, so their sum changes with any of them.
  const revisionOf = (homeIds: readonly string[]): number => {
    let sum = 0
    for (const homeId of homeIds) sum += revisions.get(homeId) ?? 0
    return sum
  }
  const idsIn = (homeIds: readonly string[]): readonly string[] => {
    const key = homeIds.join(' ')
    const known = idLists.get(key)
    if (known) return known
    const wanted = new Set(homeIds)
    const ids = [...speakers].flatMap(([deviceId, { homeId }]) => (wanted.has(homeId) ? [deviceId] : [])).sort()
    if (idLists.size >= maxPages) idLists.clear()
    idLists.set(key, ids)
    return ids
  }
  const build = ({ homeIds, after, limit }: SpeakerPage): Page => {
    const ids = idsIn(homeIds)
    const start = after === '' ? 0 : ids.findIndex((deviceId) => deviceId > after)
    const shown = start < 0 ? [] : ids.slice(start, start + limit)
    const last = shown.at(-1)
    const isLast = last === undefined || last === ids.at(-1)
    const items = shown.map((deviceId) => speakers.get(deviceId)?.json ?? '').join(',')
    const next = isLast ? 'null' : JSON.stringify(writeCursor(last))
    built += 1
    const bytes = Buffer.from(`{"items":[${items}],"next_cursor":${next}}`)
    const revision = revisionOf(homeIds)
    return { type: 'json_bytes', bytes, etag: `"${boot}.${built}"`, revision, untilMs: clock.now() + freshMs }
  }
  const changed = (homeId: string) => void revisions.set(homeId, (revisions.get(homeId) ?? 0) + 1)
  return {
    idsIn,
    page: (request: SpeakerPage) => {
      const key = `${request.homeIds.join(' ')}|${request.after}|${request.limit}`
      const known = pages.get(key)
      if (known && known.revision === revisionOf(request.homeIds) && known.untilMs > clock.now()) return known
      const page = build(request)
      if (pages.size >= maxPages) pages.clear()
      pages.set(key, page)
      return page
    },
    changed,
    moved: (...homeIds: readonly string[]) => {
      for (const homeId of homeIds) changed(homeId)
      idLists.clear()
    },
  }
}

/** Every speaker as people see it, in memory: built from the store, kept true by what passes through the broker. */
export const createSpeakers = (deps: SpeakersDeps): Speakers => {
  const { clock, registry, store, broker } = deps
  const speakers = new Map<string, Speaker>()
  const listeners = new Set<(change: SpeakerChange) => void>()
  const pages = createPages(deps, speakers)

  const tell = (change: SpeakerChange) => {
    for (const listener of listeners) listener(change)
  }
  const keep = (deviceId: string, view: DeviceView, enrolledAt: string) => {
    const before = speakers.get(deviceId)
    const speaker: Speaker = {
      homeId: view.home_id,
      enrolledAt,
      view,
      json: JSON.stringify(view),
      steady: steadyPartOf(view),
    }
    speakers.set(deviceId, speaker)
    if (before?.homeId !== speaker.homeId) pages.moved(speaker.homeId, ...(before ? [before.homeId] : []))
    else if (before.steady !== speaker.steady) pages.changed(speaker.homeId)
    if (before && before.homeId !== speaker.homeId) tell({ type: 'removed', deviceId, homeId: before.homeId })
    if (before?.json !== speaker.json) tell({ type: 'updated', deviceId, speaker, before })
  }
  const remove = (deviceId: string) => {
    const before = speakers.get(deviceId)
    if (!speakers.delete(deviceId) || !before) return
    pages.moved(before.homeId)
    tell({ type: 'removed', deviceId, homeId: before.homeId })
  }
  const read = (device: RegisteredDevice) => {
    const known = speakers.get(device.deviceId)?.view ?? unseen(device)
    const stored = store.configs.latest(device.deviceId)
    const view = { ...known, home_id: device.homeId }
    keep(device.deviceId, stored ? withConfig(view, stored.config, stored.state) : view, device.enrolledAt)
  }
  const reload = (deviceId: string) => {
    const device = registry.find(deviceId)
    if (device) read(device)
    else remove(deviceId)
  }
  const change = (deviceId: string, next: (view: DeviceView) => DeviceView) => {
    const speaker = speakers.get(deviceId)
    if (speaker) keep(deviceId, next(speaker.view), speaker.enrolledAt)
  }

  const onMessage = ({ deviceId, kind, message }: DeviceMessage) => {
    if (!speakers.has(deviceId)) reload(deviceId)
    const now = clock.wallTime().toISOString()
    if (kind === 'status') change(deviceId, (view) => withStatus(view, message, now))
    else if (kind === 'config/ack') {
      const state = message.applied ? 'applied' : 'refused'
      change(deviceId, (view) => (view.config_version === message.version ? { ...view, config_state: state } : view))
    }
  }
  const onPublish = ({ deviceId, kind, message }: SentMessage) => {
    if (!speakers.has(deviceId)) return reload(deviceId)
    if (kind !== 'config') return
    // A configuration that was published before is published again whenever its speaker comes back.
    change(deviceId, (view) => (view.config_version === message.version ? view : withConfig(view, message, 'pending')))
  }
  const onPresence = ({ deviceId, connected }: { deviceId: string; connected: boolean }) => {
    if (connected) return
    const now = clock.wallTime().toISOString()
    change(deviceId, (view) => (view.online ? withStatus(view, { v: 1, online: false }, now) : view))
  }

  const configs = new Map(store.configs.listLatest().map((stored) => [stored.deviceId, stored]))
  const statuses = new Map(store.status.list().map((seen) => [seen.deviceId, seen]))
  for (const device of registry.list()) {
    const seen = statuses.get(device.deviceId)
    const stored = configs.get(device.deviceId)
    // Whoever is online says so again: after a start nobody is until then.
    const known = seen
      ? withStatus(unseen(device), { ...seen.status, online: false }, seen.seenAt.toISOString())
      : unseen(device)
    keep(device.deviceId, stored ? withConfig(known, stored.config, stored.state) : known, device.enrolledAt)
  }

  return {
    find: (deviceId) => speakers.get(deviceId),
    idsIn: pages.idsIn,
    page: pages.page,
    reload,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    run: async (signal) => {
      const stops = [broker.onMessage(onMessage), broker.onPublish(onPublish), broker.onPresence(onPresence)]
      await untilAborted(signal)
      for (const stop of stops) stop()
    },
  }
}

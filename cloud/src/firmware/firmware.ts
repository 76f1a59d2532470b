import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { FirmwareKeyView, ReleaseState, ReleaseView, Ring } from '@mynah/shared/api/firmware.ts'
import { keyIdOf } from '@mynah/shared/firmware/firmware-signature.ts'
import { compareVersions } from '@mynah/shared/firmware/version.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result } from '@mynah/shared/result.ts'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { BrokerClient } from '../broker/broker-client.ts'
import { eachEnrolled } from '../devices/each-enrolled.ts'
import type { DeviceRegistry } from '../store/device-registry.ts'
import type { FirmwareStore, Release } from '../store/firmware-store.ts'
import type { Store } from '../store/open-store.ts'
import { newRecordId } from '../store/secret-token.ts'
import { offerFor, type Runner } from './offer.ts'
import { type BundleRefusal, receiveBundle } from './receive-bundle.ts'

export type FirmwareDeps = {
  readonly log: Log
  readonly store: FirmwareStore
  readonly clock: Pick<Clock, 'sleep'>
  readonly registry: Pick<DeviceRegistry, 'find'>
  readonly devices: Pick<Store['devices'], 'enrolledIds'>
  readonly statuses: Pick<Store['status'], 'list'>
  readonly broker: Pick<BrokerClient, 'publish' | 'onMessage' | 'onPresence'>
  /** Where the payloads lie. */
  readonly dir: string
  /** Public keys of the cloud's own configuration. */
  readonly configKeys: readonly string[]
}

export type Firmware = {
  readonly views: () => readonly ReleaseView[]
  readonly viewOf: (releaseId: string) => ReleaseView | undefined
  readonly fleet: () => { version: string | null; target: 'arm64' | 'x64' | null; speakers: number }[]
  readonly rings: () => ReadonlyMap<string, Ring>
  readonly setRing: (deviceId: string, ring: Ring) => void
  /** Streams a bundle to disk; it begins paused. */
  readonly receive: (body: AsyncIterable<Uint8Array>, by: string) => Promise<Result<string, BundleRefusal>>
  readonly change: (
    releaseId: string,
    change: { state?: ReleaseState | undefined; ring?: Ring | undefined; percent?: number | undefined },
  ) => void
  readonly remove: (releaseId: string) => void
  readonly keys: () => readonly FirmwareKeyView[]
  readonly addKey: (name: string, publicKey: string) => boolean
  /** Withdraws what the key has signed. False when it is not one of the panel's. */
  readonly removeKey: (keyId: string) => boolean
  /** What this speaker may download now. */
  readonly offerOf: (deviceId: string) => Release | undefined
  readonly pathOf: (releaseId: string) => string
  /** Follows the broker and tells each speaker its release, until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const maxReleases = 50
/** Releases of the speakers' software: what is stored, who is offered what, and telling them. */
export const createFirmware = (deps: FirmwareDeps): Firmware => {
  const { clock, store, registry, devices, broker, log, dir } = deps
  const reported = new Map(deps.statuses.list().map(({ deviceId, status }) => [deviceId, softwareOf(status)]))
  /** What each speaker was told last, by this process. */
  const told = new Map<string, string | null>()
  let isReceiving = false
  /** Ends a round in which speakers are told, when another one begins or the cloud stops. */
  let round = new AbortController()
  let releases = store.list()
  let rings = store.rings()

  const pathOf = (releaseId: string) => join(dir, `${releaseId}.bin`)
  const runnerOf = (deviceId: string): Runner => ({
    deviceId,
    ring: rings.get(deviceId) ?? 'all',
    ...reported.get(deviceId),
  })
  const offerOf = (deviceId: string) => (registry.find(deviceId) ? offerFor(releases, runnerOf(deviceId)) : undefined)

  const tell = (deviceId: string, again = false) => {
    const release = offerFor(releases, runnerOf(deviceId))
    const before = told.get(deviceId)
    const now = release?.releaseId ?? null
    // Whoever was never offered anything needs no word that there is nothing; unless an earlier process may have offered it.
    const isNews = before === undefined ? now !== null || releases.length > 0 : before !== now
    if (!isNews && !(again && now !== null)) return
    told.set(deviceId, now)
    broker.publish(deviceId, 'update', { v: 1, offer: release ? offerMessage(release) : null })
    if (release && before !== now) log.info('an update is offered', { deviceId, version: release.manifest.version })
  }
  const reread = () => {
    releases = store.list()
    rings = store.rings()
  }
  const tellAll = (signal: AbortSignal) =>
    eachEnrolled(
      { clock, devices },
      (deviceId) => {
        if (reported.has(deviceId)) tell(deviceId)
      },
      signal,
    )
  const refresh = () => {
    reread()
    round.abort()
    round = new AbortController()
    // Nobody waits for those after the first slice; what fails there must not end the cloud.
    tellAll(round.signal).catch((error: unknown) => log.error('speakers were not told of releases', { error }))
  }
  const configKeys: readonly FirmwareKeyView[] = deps.configKeys.map((key) => ({
    key_id: keyIdOf(key),
    name: 'configuration',
    public_key: key,
    from: 'config',
    added_at: null,
  }))
  const keys = (): readonly FirmwareKeyView[] => [
    ...configKeys,
    ...store.keys().map((key) => ({ ...key, from: 'panel' as const })),
  ]
  const objectionTo: Parameters<typeof receiveBundle>[0]['objection'] = ({ version, target }) => {
    if (releases.length >= maxReleases) return `There are ${maxReleases} releases already: delete old ones first.`
    const isThere = releases.some(
      ({ manifest, state }) => state !== 'withdrawn' && manifest.version === version && manifest.target === target,
    )
    return isThere ? `Version ${version} for ${target} is here already: withdraw it first.` : undefined
  }
  const views = (): readonly ReleaseView[] => {
    // At a bridge it is the gateway beside it that changes them.
    reread()
    const runners = devices.enrolledIds().map(runnerOf)
    const offers = runners.map((runner) => offerFor(releases, runner)?.releaseId)
    return releases
      .map((release) => {
        const { version, target } = release.manifest
        const isRun = (runner: Runner) => runner.version === version && runner.target === target
        return {
          ...viewOfRelease(release),
          offered_to: offers.filter((releaseId) => releaseId === release.releaseId).length,
          running_on: runners.filter(isRun).length,
        }
      })
      .sort((a, b) => compareVersions(b.version, a.version) || a.target.localeCompare(b.target))
  }
  const setState = (release: Release, state: ReleaseState) =>
    store.change(release.releaseId, { state, ring: release.ring, percent: release.percent })

  return {
    views,
    viewOf: (releaseId) => views().find(({ release_id }) => release_id === releaseId),
    fleet: () => {
      const counts = new Map<string, { version: string | null; target: 'arm64' | 'x64' | null; speakers: number }>()
      for (const deviceId of devices.enrolledIds()) {
        const { version = null, target = null } = runnerOf(deviceId)
        const key = `${version} ${target}`
        counts.set(key, { version, target, speakers: (counts.get(key)?.speakers ?? 0) + 1 })
      }
      return [...counts.values()].sort((a, b) => b.speakers - a.speakers)
    },
    rings: () => rings,
    setRing: (deviceId, ring) => {
      store.setRing(deviceId, ring)
      refresh()
    },
    receive: async (body, by) => {
      if (isReceiving) return { ok: false, error: { code: 'conflict', message: 'Another bundle is being uploaded.' } }
      isReceiving = true
      const releaseId = newRecordId()
      try {
        const trustedKeys = keys().map(({ public_key }) => public_key)
        const received = await receiveBundle({ body, trustedKeys, path: pathOf(releaseId), objection: objectionTo })
        if (!received.ok) return received
        store.add({ releaseId, uploadedBy: by, ...received.value })
        refresh()
        return ok(releaseId)
      } finally {
        isReceiving = false
      }
    },
    change: (releaseId, { state, ring, percent }) => {
      const before = store.find(releaseId)
      if (!before) return
      store.change(releaseId, {
        state: state ?? before.state,
        ring: ring ?? before.ring,
        percent: percent ?? before.percent,
      })
      refresh()
    },
    remove: (releaseId) => {
      store.remove(releaseId)
      rmSync(pathOf(releaseId), { force: true })
      refresh()
    },
    keys,
    addKey: (name, publicKey) =>
      !keys().some(({ key_id }) => key_id === keyIdOf(publicKey)) &&
      store.addKey({ key_id: keyIdOf(publicKey), name, public_key: publicKey }),
    removeKey: (keyId) => {
      if (!store.removeKey(keyId)) return false
      for (const release of releases) if (release.manifest.key_id === keyId) setState(release, 'withdrawn')
      refresh()
      return true
    },
    offerOf,
    pathOf,
    run: async (signal) => {
      removeStrays(dir, new Set(releases.map(({ releaseId }) => `${releaseId}.bin`)))
      const stops = [
        broker.onMessage(({ deviceId, kind, message }) => {
          if (kind !== 'status') return
          const before = reported.get(deviceId)
          const now = softwareOf(message, before)
          if (before && told.has(deviceId) && before.version === now.version && before.target === now.target) return
          reported.set(deviceId, now)
          tell(deviceId)
        }),
        broker.onPresence(({ deviceId, connected }) => {
          if (connected && reported.has(deviceId)) tell(deviceId, true)
        }),
      ]
      await untilAborted(signal)
      round.abort()
      for (const stop of stops) stop()
    },
  }
}

/** A last will names no software: what was known before stays. */
const softwareOf = (
  { firmware, target }: Pick<FromDeviceMessage<'status'>, 'firmware' | 'target'>,
  before: Pick<Runner, 'version' | 'target'> = {},
): Pick<Runner, 'version' | 'target'> => ({
  ...before,
  ...(firmware !== undefined && { version: firmware }),
  ...(target !== undefined && { target }),
})

const offerMessage = ({ releaseId, manifest, manifestBytes, signature }: Release) => ({
  release_id: releaseId,
  version: manifest.version,
  url: `/device/firmware/${releaseId}`,
  manifest: Buffer.from(manifestBytes).toString('base64url'),
  signature: Buffer.from(signature).toString('base64url'),
})

const viewOfRelease = ({ releaseId, manifest, uploadedAt, uploadedBy, state, ring, percent }: Release) => ({
  release_id: releaseId,
  version: manifest.version,
  target: manifest.target,
  size_bytes: manifest.size_bytes,
  sha256: manifest.sha256,
  min_version: manifest.min_version,
  key_id: manifest.key_id,
  notes: manifest.notes ?? null,
  made_at: manifest.made_at,
  uploaded_at: uploadedAt,
  uploaded_by: uploadedBy,
  state,
  ring,
  percent,
})

/** A payload without its release: the cloud stopped between the two. */
const removeStrays = (dir: string, known: ReadonlySet<string>) => {
  let names: readonly string[]
  try {
    names = readdirSync(dir)
  } catch {
    // Nothing was ever uploaded.
    return
  }
  for (const name of names) if (/\.(bin|part)$/.test(name) && !known.has(name)) rmSync(join(dir, name), { force: true })
}

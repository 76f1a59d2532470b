import { spawn } from 'node:child_process'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { verifyManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import type { FirmwareTarget, Manifest } from '@mynah/shared/firmware/manifest.ts'
import { compareVersions } from '@mynah/shared/firmware/version.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { download, sizeOf } from './download.ts'
import { otherSlot, type Slots } from './slots.ts'

export type Offer = NonNullable<ToDeviceMessage<'update'>['offer']>

export type InstallStep = 'verified' | 'downloaded' | 'unpacked' | 'waiting' | 'switched'

export type InstallerDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly fetch: typeof fetch
  /** Holds the slots, and what is being downloaded. */
  readonly root: string
  readonly slots: Slots
  /** `mynah-fw1.` public keys: a release that none of them signed is not even downloaded. */
  readonly trustedKeys: readonly string[]
  readonly target: FirmwareTarget
  readonly version: string
  readonly cloudUrl: string
  /** `device_id:mqtt_password`. */
  readonly bearer: string
  readonly isCloudReached: () => boolean
  /** What is free on the disk of `root`. */
  readonly freeBytes: () => Promise<number>
  /** Nobody talks to it, nothing rings, and nothing will soon. */
  readonly isQuiet: () => boolean
  readonly onStep: (step: InstallStep, version: string) => void
}

export type InstallFailure = {
  readonly code:
    | 'untrusted'
    | 'bad_signature'
    | 'bad_manifest'
    | 'wrong_target'
    | 'not_newer'
    | 'too_old'
    | 'failed_before'
    | 'on_trial'
    | 'unreachable'
    | 'refused'
    | 'damaged'
    | 'no_room'
    | 'not_unpacked'
    | 'stopped'
  readonly message: string
}

const quietCheckMs = 10_000
/** So long before an alarm the speaker stays what it is. */
export const alarmMarginMs = 15 * 60_000

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))

const checked = (manifest: Manifest, { target, version }: InstallerDeps): Result<Manifest, InstallFailure> => {
  if (manifest.target !== target) {
    return refuse({ code: 'wrong_target', message: `it is for ${manifest.target}, this speaker is ${target}` })
  }
  // A signed old release with known holes must not come back by an offer.
  if (compareVersions(manifest.version, version) <= 0) {
    return refuse({ code: 'not_newer', message: `${manifest.version} is not newer than ${version}` })
  }
  if (compareVersions(version, manifest.min_version) < 0) {
    return refuse({ code: 'too_old', message: `${manifest.min_version} is needed first, this is ${version}` })
  }
  return ok(manifest)
}

const run = (command: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> =>
  new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: ['ignore', 'ignore', 'pipe'], signal })
    let said = ''
    child.stderr.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString('utf8')).slice(-300)
    })
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) => resolve(code === 0 ? undefined : said || `${command} ended with ${code}`))
  })

/** Unpacked it is about three times as large. */
const unpackedShare = 4
/** What an update never takes: a full disk could not even store an alarm. */
const leftFreeBytes = 64 * 1024 * 1024

const mib = (bytes: number) => Math.ceil(bytes / 1024 / 1024)

const roomFor = async (
  { freeBytes }: InstallerDeps,
  neededBytes: number,
): Promise<Result<undefined, InstallFailure>> => {
  const free = await freeBytes()
  const needed = neededBytes + leftFreeBytes
  if (free >= needed) return ok(undefined)
  return refuse({ code: 'no_room', message: `${mib(needed)} MB must be free, ${mib(free)} are` })
}

/** Where it is downloaded to. What is left of releases that are not offered any more is removed. */
const downloadPath = async (root: string, { sha256 }: Manifest): Promise<string> => {
  const folder = join(root, 'downloads')
  const name = `${sha256}.part`
  await mkdir(folder, { recursive: true })
  for (const other of await readdir(folder)) {
    if (other !== name) await rm(join(folder, other), { recursive: true, force: true })
  }
  return join(folder, name)
}

/** Answers where the payload is, whole and as it was signed. */
const fetchPayload = async (
  deps: InstallerDeps,
  { offer, manifest }: { readonly offer: Offer; readonly manifest: Manifest },
  signal: AbortSignal,
): Promise<Result<string, InstallFailure>> => {
  const path = await downloadPath(deps.root, manifest)
  const toFetchBytes = Math.max(0, manifest.size_bytes - (await sizeOf(path)))
  const room = await roomFor(deps, toFetchBytes + unpackedShare * manifest.size_bytes)
  if (!room.ok) return room
  const { fetch, bearer, cloudUrl } = deps
  const { size_bytes: sizeBytes, sha256 } = manifest
  const url = new URL(offer.url, cloudUrl)
  const fetched = await download({ fetch, url, bearer, path, sizeBytes, sha256 }, signal)
  return fetched.ok ? ok(path) : fetched
}

/** Into a folder beside the slot, which then takes its place: a slot is never half of a release. */
const unpack = async (archivePath: string, slotPath: string, signal: AbortSignal): Promise<string | undefined> => {
  const fresh = `${slotPath}.next`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  const failure =
    (await run('tar', ['-xzf', archivePath, '-C', fresh, '--no-same-owner'], signal)) ??
    (await run('sync', ['-f', fresh], signal))
  if (failure !== undefined) {
    // The disk may be full of it.
    await rm(fresh, { recursive: true, force: true })
    return failure
  }
  await rm(slotPath, { recursive: true, force: true })
  await rename(fresh, slotPath)
  return run('sync', ['-f', slotPath], signal)
}

/**
 * Puts one offered release into the slot that is not in use and makes it the one to start next. Afterwards the program has to end; the
 * launcher starts the new one on trial. Each step can be repeated after a power cut. Never rejects.
 */
export const install = async (
  deps: InstallerDeps,
  offer: Offer,
  signal: AbortSignal,
): Promise<Result<Manifest, InstallFailure>> => {
  const { slots, clock } = deps
  const verified = verifyManifest(bytesOf(offer.manifest), bytesOf(offer.signature), deps.trustedKeys)
  const fitting = verified.ok ? checked(verified.value, deps) : verified
  if (!fitting.ok) return fitting
  const manifest = fitting.value
  try {
    if (await slots.trial())
      return refuse({ code: 'on_trial', message: 'the running release has not proved itself yet' })
    if ((await slots.failedReleases()).has(offer.release_id)) {
      return refuse({ code: 'failed_before', message: 'this release was tried and taken back' })
    }
    // A bundle that was signed as a newer version than its program says would be installed for ever.
    if ((await slots.installedRelease()) === offer.release_id) {
      return refuse({ code: 'not_newer', message: 'this release is installed' })
    }
    deps.onStep('verified', manifest.version)
    const payload = await fetchPayload(deps, { offer, manifest }, signal)
    if (!payload.ok) return payload
    const path = payload.value
    deps.onStep('downloaded', manifest.version)
    const slot = otherSlot(await slots.current())
    const failure = await unpack(path, slots.pathOf(slot), signal)
    if (failure !== undefined) return refuse({ code: 'not_unpacked', message: failure })
    deps.onStep('unpacked', manifest.version)
    if (!deps.isQuiet()) deps.onStep('waiting', manifest.version)
    while (!deps.isQuiet() && !signal.aborted) await clock.sleep(quietCheckMs, signal)
    if (signal.aborted) return refuse({ code: 'stopped', message: 'the speaker stops' })
    await slots.switchTo(slot, { cloud: deps.isCloudReached() ? 'reached' : 'away', releaseId: offer.release_id })
    deps.onStep('switched', manifest.version)
    await rm(dirname(path), { recursive: true, force: true })
    return ok(manifest)
  } catch (error) {
    return refuse({ code: 'not_unpacked', message: error instanceof Error ? error.message : String(error) })
  }
}

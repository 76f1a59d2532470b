import { createHash } from 'node:crypto'
import { type Ring, rings } from '@mynah/shared/api/firmware.ts'
import type { FirmwareTarget } from '@mynah/shared/firmware/manifest.ts'
import { compareVersions } from '@mynah/shared/firmware/version.ts'
import type { Release } from '../store/firmware-store.ts'

/** What is known of a speaker's software. */
export type Runner = {
  readonly deviceId: string
  readonly ring: Ring
  /** As it last reported; a speaker that never did is offered nothing. */
  readonly version?: string
  readonly target?: FirmwareTarget
}

/** 0 to 99, always the same for a speaker and a version: those who had it at 10 percent keep it at 20. */
const placeOf = (deviceId: string, version: string): number =>
  createHash('sha256').update(`${version}\0${deviceId}`).digest().readUInt32BE(0) % 100

const isInRing = (release: Release, { deviceId, ring }: Runner): boolean => {
  if (rings.indexOf(ring) > rings.indexOf(release.ring)) return false
  // The share counts among those whom the widest ring adds; the rings before it have it whole.
  return ring !== release.ring || placeOf(deviceId, release.manifest.version) < release.percent
}

const fits = ({ manifest }: Release, { version, target }: Runner): boolean =>
  version !== undefined &&
  target === manifest.target &&
  compareVersions(manifest.version, version) > 0 &&
  compareVersions(version, manifest.min_version) >= 0

/** The newest release that a speaker may have and does not run; pure. */
export const offerFor = (releases: readonly Release[], runner: Runner): Release | undefined => {
  let best: Release | undefined
  for (const release of releases) {
    if (release.state !== 'active' || !fits(release, runner) || !isInRing(release, runner)) continue
    if (!best || compareVersions(release.manifest.version, best.manifest.version) > 0) best = release
  }
  return best
}

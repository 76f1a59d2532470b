import { isIP } from 'node:net'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { hostOfUrl } from '@mynah/shared/wire/url-host.ts'
import type { SpeakerIdentity } from '../identity/identity.ts'
import type { FindClouds } from '../link/clouds-on-network.ts'

export type FollowCloudDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly identity: SpeakerIdentity
  readonly findClouds: FindClouds
  /** The same speaker at this place, when what is there proves to be its cloud. */
  readonly ask: (url: URL, signal: AbortSignal) => Promise<SpeakerIdentity | undefined>
  readonly isOnline: () => boolean
  /** Nobody talks to it, nothing rings. */
  readonly isQuiet: () => boolean
}

const lookEveryMs = 5_000
/** A cloud that starts anew is back by then. */
const awayMs = 30_000
const waitBetween = { firstMs: 30_000, mostMs: 300_000 }

/** A cloud that is known by a name is found by its name. */
export const isKnownByAddress = (cloudUrl: string): boolean => {
  const url = new URL(cloudUrl)
  return url.protocol === 'http:' && isIP(hostOfUrl(url)) !== 0
}

/**
 * A router gives a machine another address, and its speakers call one where nobody is. While the cloud is away this looks for it on the
 * local network and asks what it finds for proof. Resolves with the speaker at the new place, or undefined when `signal` aborts; a cloud
 * that is known by a name is not looked for.
 */
export const followCloud = async (deps: FollowCloudDeps, signal: AbortSignal): Promise<SpeakerIdentity | undefined> => {
  const { clock, log, identity } = deps
  if (!isKnownByAddress(identity.cloudUrl)) return undefined
  const isAt = new URL(identity.cloudUrl).origin
  const look = async (): Promise<SpeakerIdentity | undefined> => {
    for (const url of await deps.findClouds(signal)) {
      const moved = url.origin === isAt ? undefined : await deps.ask(url, signal)
      if (moved) return moved
    }
    return undefined
  }
  let awaySinceMs: number | undefined
  let waitMs = waitBetween.firstMs
  let nextLookMs = 0
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal)
    const now = clock.now()
    if (deps.isOnline() || signal.aborted) {
      awaySinceMs = undefined
      waitMs = waitBetween.firstMs
      continue
    }
    awaySinceMs ??= now
    if (now - awaySinceMs < awayMs || now < nextLookMs || !deps.isQuiet()) continue
    const moved = await look()
    // It may have come back meanwhile, or somebody talks to the speaker now.
    if (moved && !deps.isOnline() && deps.isQuiet() && !signal.aborted) {
      log.info('the cloud has another address now', { was: identity.cloudUrl, is: moved.cloudUrl })
      return moved
    }
    nextLookMs = clock.now() + waitMs
    waitMs = Math.min(2 * waitMs, waitBetween.mostMs)
  }
  return undefined
}

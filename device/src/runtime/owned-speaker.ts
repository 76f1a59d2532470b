import { askStanding } from '../claim/ask-standing.ts'
import { createClaimFile } from '../claim/claim-file.ts'
import { createUnclaimedSpeaker, type UnclaimedSpeaker } from '../claim/unclaimed-speaker.ts'
import { defaultConfig } from '../config/device-config.ts'
import { createIdentityStore, type SpeakerIdentity } from '../identity/identity.ts'
import { askMoved } from '../link/ask-moved.ts'
import type { FindClouds } from '../link/clouds-on-network.ts'
import type { NetworkDeps } from '../link/connect.ts'
import { followCloud } from './follow-cloud.ts'
import { createSpeaker, type Speaker } from './speaker.ts'
import type { SpeakerDeps } from './speaker-deps.ts'
import type { SpeakerEvent } from './speaker-event.ts'

export type OwnedSpeakerDeps = Omit<SpeakerDeps, 'identity' | 'network' | 'system'> & {
  readonly system?: Omit<NonNullable<SpeakerDeps['system']>, 'unclaim' | 'released' | 'refused'>
  /** Where and in which language to ask for an owner; what is on disk wins. */
  readonly claim?: { readonly cloudUrl: string; readonly language: SpokenLanguage }
  /** Looks for a cloud that has another address now; without it the speaker calls the old one until the cloud is back there. */
  readonly findClouds?: FindClouds
  /** For the claim. */
  readonly fetch: typeof fetch
  readonly networkFor: (
    identity: SpeakerIdentity,
  ) => Promise<{ readonly network: NetworkDeps; readonly close: () => Promise<void> }>
}

type SpokenLanguage = typeof defaultConfig.language

/** A speaker through all its owners: without one it asks for one, with one it serves, after one it asks again. */
export type OwnedSpeaker = {
  /** Rejects when it has neither an identity nor a cloud to ask. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Of every owner's time and between; answers how to unsubscribe. */
  readonly events: (listener: (event: SpeakerEvent) => void) => () => void
  /** What serves the present owner; undefined while there is none. */
  readonly owned: () => Speaker | undefined
  readonly pressButton: () => void
}

export const createOwnedSpeaker = (deps: OwnedSpeakerDeps): OwnedSpeaker => {
  const { clock, log, storeDir } = deps
  const identities = createIdentityStore(storeDir, log)
  const file = createClaimFile(storeDir, log)
  const listeners = new Set<(event: SpeakerEvent) => void>()
  let owned: Speaker | undefined
  let unclaimed: UnclaimedSpeaker | undefined

  const emit = (event: SpeakerEvent) => {
    for (const listener of listeners) listener(event)
  }
  /** What an interrupted release left is finished here, also after a power cut. */
  const finishRelease = async () => {
    const state = await file.read()
    if (!state?.released) return
    await identities.remove()
    await file.forgetOwner()
    await deps.wakeWord.configure?.(defaultConfig.wake)
    await file.write({ cloud_url: state.cloud_url, language: state.language })
    emit({ type: 'released', atMs: clock.now() })
  }
  /** Written once more: a speaker that was enrolled by an earlier release has no copy yet; what is there costs no write. */
  const knownIdentity = async (): Promise<SpeakerIdentity | undefined> => {
    const identity = await identities.read()
    if (identity)
      await identities.write(identity).catch((error: unknown) => log.warn('the identity has no copy', { error }))
    return identity
  }
  const findOwner = async (signal: AbortSignal): Promise<SpeakerIdentity | undefined> => {
    const state = await file.read()
    const cloudUrl = deps.claim?.cloudUrl ?? state?.cloud_url
    if (cloudUrl === undefined) throw new Error(`no identity in ${storeDir}, and no cloud to ask for an owner`)
    // A code of another cloud is no code of this one.
    if (state && state.cloud_url !== cloudUrl) await file.end()
    unclaimed = createUnclaimedSpeaker({
      ...deps,
      cloudUrl,
      language: state?.language ?? deps.claim?.language ?? defaultConfig.language,
      file,
      keep: async (identity) => {
        await identities.write(identity)
        await file.end()
      },
      emit,
    })
    const identity = await unclaimed.run(signal)
    unclaimed = undefined
    return identity
  }
  /** True when the cloud was found at another address, which is on disk then: the speaker starts again with it. */
  const follow = async (
    identity: SpeakerIdentity,
    { network, speaker }: { readonly network: NetworkDeps; readonly speaker: Speaker },
    signal: AbortSignal,
  ): Promise<boolean> => {
    const { findClouds } = deps
    if (!findClouds) return false
    const moved = await followCloud(
      {
        clock,
        log,
        identity,
        findClouds,
        ask: (url) => askMoved({ clock, fetch: network.fetch }, identity, url, signal),
        isOnline: speaker.isOnline,
        isQuiet: () => speaker.quietForMs() > 0,
      },
      signal,
    )
    if (!moved) return false
    await identities.write(moved)
    return true
  }
  const serve = async (identity: SpeakerIdentity, signal: AbortSignal) => {
    const { network, close } = await deps.networkFor(identity)
    const stop = new AbortController()
    const abort = () => stop.abort()
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    const unclaim = async () => {
      const language = speaker.language()
      await file.write({ cloud_url: identity.cloudUrl, language, released: true })
      await identities.remove()
    }
    let isAsking = false
    /** Who was away when its owner parted from it learns that here. */
    const learnStanding = async () => {
      if (isAsking) return
      isAsking = true
      try {
        if ((await askStanding({ clock, fetch: network.fetch }, identity, stop.signal)) !== 'released') return
        await unclaim()
        abort()
      } finally {
        isAsking = false
      }
    }
    const speaker = createSpeaker({
      ...deps,
      identity,
      network,
      system: {
        ...deps.system,
        unclaim,
        released: abort,
        refused: () => void learnStanding().catch((error: unknown) => log.error('the parting was not kept', { error })),
      },
    })
    speaker.events(emit)
    owned = speaker
    const following = follow(identity, { network, speaker }, stop.signal).then(
      (isMoved) => isMoved && abort(),
      (error: unknown) => log.error('the cloud is not looked for any more', { error }),
    )
    try {
      await speaker.run(stop.signal)
    } finally {
      abort()
      await following
      owned = undefined
      signal.removeEventListener('abort', abort)
      await close()
    }
  }
  return {
    run: async (signal) => {
      while (!signal.aborted) {
        await finishRelease()
        const identity = (await knownIdentity()) ?? (await findOwner(signal))
        if (identity && !signal.aborted) await serve(identity, signal)
      }
      await finishRelease()
    },
    events: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    owned: () => owned,
    pressButton: () => (owned ?? unclaimed)?.pressButton(),
  }
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Loudspeaker, Microphone } from '@mynah/device/audio/ports.ts'
import { createClaimFile } from '@mynah/device/claim/claim-file.ts'
import { claimInvitation } from '@mynah/device/claim/claim-invitation.ts'
import { createIdentityStore, newDeviceId } from '@mynah/device/identity/identity.ts'
import type { FindClouds } from '@mynah/device/link/clouds-on-network.ts'
import { enrol } from '@mynah/device/link/enrolment.ts'
import { createMqttConnector } from '@mynah/device/link/mqtt-connection.ts'
import { connectTunnel } from '@mynah/device/link/tunnel.ts'
import { createUdpConnector } from '@mynah/device/link/udp.ts'
import { createOwnedSpeaker, type OwnedSpeaker } from '@mynah/device/runtime/owned-speaker.ts'
import type { Speaker } from '@mynah/device/runtime/speaker.ts'
import { createUnderstanding } from '@mynah/device/understanding/create-understanding.ts'
import type { Ability } from '@mynah/device/understanding/understanding.ts'
import { forkUnderstanding } from '@mynah/device/understanding/understanding-process.ts'
import { createSileroVad } from '@mynah/device/vad/silero.ts'
import { createOpenWakeWord } from '@mynah/device/wake/open-wake-word.ts'
import { openOwnWordEars } from '@mynah/device/wake/own-word-ears.ts'
import { createOwnWordsFile } from '@mynah/device/wake/own-words-file.ts'
import { ownVoiceRule, type TriggerRule } from '@mynah/device/wake/trigger.ts'
import { type Log, silentLog } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { DialogPhase, Language } from '@mynah/shared/wire/topics.ts'
import type { EchoOptions } from './echo-path.ts'
import { createEventWatch, type EventWatch, ExpectationError } from './event-watch.ts'
import { type Conditions, createLinkConditions, type LinkConditions } from './link-conditions.ts'
import type { Room, Spot } from './room.ts'
import { createCable, type SpeakerNetwork } from './speaker-network.ts'

const firmware = 'simulator'
const onlineLimitMs = 15_000
/** Somebody has to find the panel first. */
const ownerLimitMs = 24 * 3_600_000
/** A new speaker that has heard this much of the room knows its noise. */
const settlingMs = 1_600

export type SpeakerSettings = {
  /** Also the name of its place in the room. */
  readonly name: string
  readonly language?: Language
  readonly link?: { readonly up?: Conditions; readonly down?: Conditions }
  readonly echo?: EchoOptions
  /** It understands a few commands by itself while the cloud is away, as a real speaker does; off unless told. */
  readonly localCommands?: boolean
}

export type SpeakerDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly room: Room
  readonly cloudUrl: string
  /** Enrols a speaker whose `storeDir` holds no identity of this cloud yet; without one it says a code and waits for an owner. */
  readonly token?: string
  /** What a speaker without an owner has to show: a line with its code. */
  readonly onInvitation?: (line: string) => void
  /** Identity, configuration and timers of this speaker. */
  readonly storeDir: string
  /** Finds a cloud that has another address now. */
  readonly findClouds?: FindClouds
  /** A real microphone and loudspeaker in the place of the room's. */
  readonly hardware?: { readonly microphone: Microphone; readonly loudspeaker: Loudspeaker }
}

/** The real device runtime with the room's sound, and the network that a scenario can spoil. */
export type SimulatedSpeaker = {
  readonly name: string
  /** Of the present owner's time; empty while it has none. */
  readonly deviceId: string
  readonly spot: Spot
  readonly watch: EventWatch
  readonly link: LinkConditions
  readonly network: SpeakerNetwork
  /** What it can do without its cloud, once it has looked or the time is over. */
  readonly localAbility: (limitMs: number, signal: AbortSignal) => Promise<Ability>
  readonly phase: () => DialogPhase
  readonly sayText: (text: string) => void
  readonly pressButton: () => void
  /** Stops it as a switch would. Idempotent. Throws what the runtime failed with. */
  readonly stop: () => Promise<void>
}

/** Leaves an identity of this cloud on disk, or none: then the speaker asks for an owner. */
const prepareIdentity = async (deps: SpeakerDeps, signal: AbortSignal): Promise<void> => {
  const store = createIdentityStore(deps.storeDir, deps.log)
  const known = await store.read()
  if (known && known.cloudUrl === deps.cloudUrl) return
  if (deps.token === undefined) return store.remove()
  const enrolled = await enrol({ cloudUrl: deps.cloudUrl, token: deps.token, deviceId: newDeviceId() }, deps, signal)
  if (!enrolled.ok) throw new ExpectationError(`The cloud does not take this speaker: ${enrolled.error.message}`)
  await createClaimFile(deps.storeDir, deps.log).end()
  await store.write(enrolled.value)
}

/** Above what a cloud gives a new speaker, so that it stays in force. */
const handMadeConfigVersion = 1_000

const presetLanguage = async (storeDir: string, language: Language) => {
  await mkdir(storeDir, { recursive: true })
  await writeFile(join(storeDir, 'config.json'), JSON.stringify({ v: 1, version: handMadeConfigVersion, language }))
}

const openWakeWord = async (storeDir: string, rule?: TriggerRule) => {
  const settings = { words: ['hey_jarvis'], preset: 'normal' } as const
  const opened = await createOpenWakeWord({
    settings,
    ownWords: createOwnWordsFile(storeDir, silentLog).read,
    ...(rule ? { rule } : {}),
  })
  if (!opened.ok) throw new ExpectationError(`The wake word does not start: ${opened.error.message}`)
  return opened.value
}

/** Starts a speaker at a place of its own in the room and resolves when it is online. */
export const startSpeaker = async (
  deps: SpeakerDeps,
  settings: SpeakerSettings,
  signal: AbortSignal,
): Promise<SimulatedSpeaker> => {
  const { clock, log, room } = deps
  await prepareIdentity(deps, signal)
  if (settings.language !== undefined && settings.language !== 'en')
    await presetLanguage(deps.storeDir, settings.language)
  const spot = room.addSpot(settings.name, settings.echo)
  const watch = createEventWatch({ clock })
  const link = createLinkConditions({ clock, seed: 1, ...settings.link })
  const real = {
    connectMqtt: createMqttConnector(),
    connectUdp: createUdpConnector(),
    connectTunnel,
    fetch: deps.fetch,
  }
  const cable = createCable({ real, link })
  const [wakeWord, ownVoice] = await Promise.all([
    openWakeWord(deps.storeDir),
    openWakeWord(deps.storeDir, ownVoiceRule),
  ])
  const voiceActivity = await createSileroVad()
  const understanding = settings.localCommands
    ? createUnderstanding({ clock, log, start: () => forkUnderstanding(['--import', 'tsx']) })
    : undefined
  const speaker = createOwnedSpeaker({
    clock,
    log,
    random: deps.random,
    microphone: deps.hardware?.microphone ?? spot.microphone,
    loudspeaker: deps.hardware?.loudspeaker ?? spot.loudspeaker,
    wakeWord,
    ownVoice,
    openOwnWordEars,
    voiceActivity,
    ...(understanding ? { understanding } : {}),
    storeDir: deps.storeDir,
    claim: { cloudUrl: deps.cloudUrl, language: settings.language ?? 'en' },
    ...(deps.findClouds ? { findClouds: deps.findClouds } : {}),
    fetch: cable.fetch,
    networkFor: cable.networkFor,
    firmware,
  })
  speaker.events(watch.observe)
  speaker.events((event) => {
    if (event.type === 'claim_code') deps.onInvitation?.(claimInvitation(event.code, event.cloudUrl))
    if (event.type === 'claimed') deps.onInvitation?.(`This speaker has an owner: it is ${event.deviceId}.`)
    if (event.type === 'released') deps.onInvitation?.('The owner has parted from this speaker.')
  })
  const running = runUntilStopped(speaker, async () => {
    await Promise.all([wakeWord.close(), ownVoice.close()])
    await voiceActivity.close()
  })
  const started: SimulatedSpeaker = {
    name: settings.name,
    get deviceId() {
      return speaker.owned()?.deviceId ?? ''
    },
    spot,
    watch,
    link,
    network: cable,
    localAbility: async (limitMs, aborted) => {
      const untilMs = clock.now() + limitMs
      while (understanding?.ability().type === 'unknown' && clock.now() < untilMs && !aborted.aborted) {
        await clock.sleep(50, aborted)
      }
      return understanding?.ability() ?? { type: 'none', reason: 'this speaker was made without it' }
    },
    phase: () => speaker.owned()?.phase() ?? 'idle',
    sayText: (text) => ownedOf(speaker).sayText(text),
    pressButton: speaker.pressButton,
    stop: running.stop,
  }
  try {
    await untilOnline(started, deps.token === undefined ? ownerLimitMs : onlineLimitMs, signal)
    await clock.sleep(settlingMs, signal)
    return started
  } catch (error) {
    await running.stop()
    throw error
  }
}

const ownedOf = (speaker: OwnedSpeaker): Speaker => {
  const owned = speaker.owned()
  if (!owned) throw new ExpectationError('This speaker has no owner at present')
  return owned
}

const untilOnline = (speaker: SimulatedSpeaker, timeoutMs: number, signal: AbortSignal) =>
  speaker.watch.expect(
    {
      what: `connection of the speaker to the broker of its cloud`,
      pick: (event) => (event.type === 'link_changed' && event.link === 'online' ? event : undefined),
      since: 0,
      timeoutMs,
    },
    signal,
  )

const runUntilStopped = (speaker: OwnedSpeaker, release: () => Promise<void>) => {
  const stopping = new AbortController()
  const ended = speaker.run(stopping.signal).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  let released: Promise<void> | undefined
  return {
    stop: async () => {
      stopping.abort()
      const failure = await ended
      released ??= release()
      await released
      if (failure) throw failure.error
    },
  }
}

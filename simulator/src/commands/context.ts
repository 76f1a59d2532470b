import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Loudspeaker, Microphone } from '@mynah/device/audio/ports.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Result } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ChildGuard } from '../child-guard.ts'
import type { CloudSettings } from '../cloud-contract.ts'
import { freePorts, privateCloudEnvironment } from '../cloud-contract.ts'
import { type CloudProcess, startCloud } from '../cloud-process.ts'
import { ExpectationError } from '../event-watch.ts'
import { noiseAtSnr, pinkNoise } from '../noise.ts'
import type { CommonOptions } from '../options.ts'
import { type PersonError, utteranceOfWav } from '../person.ts'
import { repositoryRoot, testDataPath } from '../repository.ts'
import { createRoom, type Room } from '../room.ts'
import { type SimulatedSpeaker, startSpeaker } from '../speaker.ts'

/** What `main.ts` hands to every command. */
export type CommandDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly guard: ChildGuard
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly random: () => number
  readonly fetch: typeof fetch
  /** A real microphone and loudspeaker in the place of the room's. */
  readonly hardware?: { readonly microphone: Microphone; readonly loudspeaker: Loudspeaker }
  /** The room in which the command's speaker stands, where somebody listens; one of its own when absent. */
  readonly room?: Room
  /** The result of the command, one line or block at a time. */
  readonly print: (text: string) => void
  /** What happens meanwhile; goes to the error stream and never mixes with `--json`. */
  readonly note: (line: string) => void
  /** Lines typed by the user. */
  readonly typedLines: () => AsyncIterable<string>
}

/** 0: done as asked. 1: it went wrong in the world. 2: the user asked for something impossible. 3: a port is taken. */
export type ExitCode = 0 | 1 | 2 | 3

/** One speaker in one room, and the cloud it talks to when this command started it. */
export type Place = {
  readonly room: Room
  readonly speaker: SimulatedSpeaker
  readonly cloud?: CloudProcess
  readonly close: () => Promise<void>
}

export const orThrow = <T>(result: Result<T, { readonly message: string }>): T => {
  if (!result.ok) throw new ExpectationError(result.error.message)
  return result.value
}

/** A cloud of one's own in a temporary folder on free ports; `close` stops it and removes the folder. */
export const openPrivateCloud = async (
  deps: CommandDeps,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly cloud: CloudProcess; readonly close: () => Promise<void> }> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mynah-cloud-'))
  const removeData = () => rm(dataDir, { recursive: true, force: true })
  const settings: CloudSettings = {
    dataDir,
    ports: freePorts,
    environment: { ...privateCloudEnvironment(), ...environment },
  }
  const started = await startCloud(cloudDepsOf(deps), settings, signal)
  if (!started.ok) {
    await removeData()
    throw new ExpectationError(started.error.message)
  }
  const cloud = started.value
  return {
    cloud,
    close: async () => {
      await cloud.stop()
      await removeData()
    },
  }
}

export const cloudDepsOf = (deps: CommandDeps) => ({
  clock: deps.clock,
  guard: deps.guard,
  environment: deps.environment,
  onLogLine: (line: string) => deps.log.debug('cloud', { pii: { line } }),
})

/** The given room, or one as the options describe it: quiet, or with kitchen noise at the asked distance below speech. */
export const openRoom = async (deps: CommandDeps, options: CommonOptions): Promise<Room> => {
  if (deps.room) return deps.room
  const quiet = noiseAtSnr(pinkNoise(1), 45)
  if (options.noiseSnrDb === undefined) return createRoom({ clock: deps.clock, noise: quiet })
  const kitchenPath = testDataPath('speech-en-commands', 'kitchen.wav')
  const recording = existsSync(kitchenPath) ? await utteranceOfWav(kitchenPath) : undefined
  const samples = recording?.ok ? recording.value.samples : pinkNoise(1)
  return createRoom({ clock: deps.clock, noise: noiseAtSnr(samples, options.noiseSnrDb) })
}

/** Where the identity of this computer's software speaker at one cloud is kept. */
export const identityDirOf = (cloudUrl: URL, dataDir = join(repositoryRoot, 'data')): string => {
  const port = cloudUrl.port || (cloudUrl.protocol === 'https:' ? '443' : '80')
  return join(dataDir, 'simulator', `${cloudUrl.hostname.replace(/[^a-z0-9.-]/gi, '_')}-${port}`)
}

const openAtRunningCloud = async (
  deps: CommandDeps,
  options: CommonOptions & { readonly cloud: { readonly type: 'running' } },
  signal: AbortSignal,
): Promise<Place> => {
  const room = await openRoom(deps, options)
  const { url, token } = options.cloud
  const speaker = await startSpeaker(
    {
      ...deps,
      room,
      cloudUrl: url.origin,
      storeDir: identityDirOf(url),
      onInvitation: deps.note,
      ...(token === undefined ? {} : { token }),
    },
    speakerSettingsOf(options),
    signal,
  )
  return { room, speaker, close: () => speaker.stop() }
}

const speakerSettingsOf = (options: CommonOptions) => ({
  name: 'simulator',
  language: options.language,
  link: { up: { loss: options.loss }, down: { loss: options.loss } },
})

const openAtPrivateCloud = async (deps: CommandDeps, options: CommonOptions, signal: AbortSignal): Promise<Place> => {
  deps.note('starting a cloud of its own for this command ...')
  const { cloud, close } = await openPrivateCloud(deps, {}, signal)
  try {
    const room = await openRoom(deps, options)
    const token = orThrow(await cloud.newEnrolmentToken(signal))
    const storeDir = await mkdtemp(join(tmpdir(), 'mynah-speaker-'))
    const speaker = await startSpeaker(
      { ...deps, room, cloudUrl: cloud.ready().url, token, storeDir },
      speakerSettingsOf(options),
      signal,
    )
    return {
      room,
      speaker,
      cloud,
      close: async () => {
        await speaker.stop()
        await close()
        await rm(storeDir, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens the place that the options ask for, lets `use` work in it, and closes it whatever happens. */
export const inPlace = async <T>(
  deps: CommandDeps,
  options: CommonOptions,
  use: (place: Place) => Promise<T>,
  signal: AbortSignal,
): Promise<T> => {
  const { cloud } = options
  const place = await (cloud.type === 'running'
    ? openAtRunningCloud(deps, { ...options, cloud }, signal)
    : openAtPrivateCloud(deps, options, signal))
  try {
    return await use(place)
  } finally {
    await place.close()
  }
}

/** A person's mistake (no such file, no such voice) is a usage error; a missing program is not. */
export const exitCodeOf = (error: PersonError): ExitCode =>
  error.code === 'program_missing' || error.code === 'voice_failed' ? 1 : 2

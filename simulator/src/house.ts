import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { CloudProcess } from './cloud-process.ts'
import { ExpectationError } from './event-watch.ts'
import { noiseAtSnr, pinkNoise } from './noise.ts'
import { type PersonError, sayText, type Utterance, utteranceOfWav } from './person.ts'
import { createRoom, type Room } from './room.ts'
import type { ScriptedLlm } from './scripted-llm.ts'
import type { SpeakerDeps } from './speaker.ts'
import { type SimulatedSpeaker, type SpeakerSettings, startSpeaker } from './speaker.ts'

/** No room is silent: a quiet one has this much less noise than speech. */
const quietRoomSnrDb = 45

/** A cloud, a room, speakers and persons: the stage on which scenarios and commands play. */
export type House = {
  readonly clock: Clock
  readonly room: Room
  readonly cloud: CloudProcess
  readonly llm?: ScriptedLlm
  /** Tells who watches what happens. */
  readonly show: (line: string) => void
  readonly voice: (
    request: { readonly text: string; readonly language: Language; readonly voice?: string },
    signal: AbortSignal,
  ) => Promise<Utterance>
  readonly recording: (path: string, text: string) => Promise<Utterance>
  /** Enrols a new speaker with the cloud and resolves when it is online. */
  readonly addSpeaker: (settings: SpeakerSettings, signal: AbortSignal) => Promise<SimulatedSpeaker>
  /** Stops the speakers; the cloud belongs to who started it. */
  readonly close: () => Promise<void>
}

export type HouseDeps = Omit<SpeakerDeps, 'room' | 'cloudUrl' | 'token' | 'storeDir'> & {
  readonly cloud: CloudProcess
  readonly llm?: ScriptedLlm
  readonly show: (line: string) => void
  readonly seed: number
}

const orThrow = <T>(result: Result<T, PersonError>): T => {
  if (!result.ok) throw new ExpectationError(result.error.message)
  return result.value
}

/** A house around a running cloud; its speakers live in a temporary folder. */
export const openHouse = async (deps: HouseDeps): Promise<House> => {
  const { clock, cloud, show } = deps
  const room = createRoom({ clock, noise: noiseAtSnr(pinkNoise(deps.seed), quietRoomSnrDb) })
  const folder = await mkdtemp(join(tmpdir(), 'mynah-house-'))
  const speakers: SimulatedSpeaker[] = []

  const addSpeaker: House['addSpeaker'] = async (settings, signal) => {
    const token = await cloud.newEnrolmentToken(signal)
    if (!token.ok) throw new ExpectationError(token.error.message)
    const speaker = await startSpeaker(
      {
        ...deps,
        room,
        cloudUrl: cloud.ready().url,
        token: token.value,
        storeDir: join(folder, `${settings.name}-${speakers.length}`),
      },
      settings,
      signal,
    )
    speakers.push(speaker)
    return speaker
  }

  return {
    clock,
    room,
    cloud,
    show,
    ...(deps.llm ? { llm: deps.llm } : {}),
    voice: async (request, signal) => orThrow(await sayText(request, signal)),
    recording: async (path, text) => orThrow(await utteranceOfWav(path, text)),
    addSpeaker,
    close: async () => {
      await Promise.all(speakers.map((speaker) => speaker.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

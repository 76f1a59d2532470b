import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { type Loudspeaker, type Microphone, playbackFrameMs } from '../../src/audio/ports.ts'
import type { MuteSwitch } from '../../src/indicators/mute-switch.ts'
import { createSpeaker } from '../../src/runtime/speaker.ts'
import type { SpeakerEvent } from '../../src/runtime/speaker-event.ts'
import type { Understanding } from '../../src/understanding/understanding.ts'
import type { VoiceActivityDetector } from '../../src/vad/voice-activity.ts'
import type { OwnWordEars } from '../../src/wake/own-word-ears.ts'
import type { WakeWordDetector } from '../../src/wake/wake-word.ts'
import { untilDiskRests } from '../disk-rest.ts'
import { createScriptedCloud, type ScriptedCloudOptions } from './scripted-cloud.ts'

const wakeLevel = 30_000
const speechLevel = 8_000

/** A speaker in a scripted room on a manual clock: a wake word is a frame of its own level, speech is any loud frame. */
type HouseOptions = Partial<ScriptedCloudOptions> & {
  readonly storeDir?: string
  readonly understanding?: Understanding
  readonly muteSwitch?: MuteSwitch
  /** Listens where a wake word is recorded. */
  readonly openOwnWordEars?: () => Promise<OwnWordEars>
  /** A name server that never answers: no UDP socket is ever opened. */
  readonly nameless?: boolean
  /** There never was a cloud: the network is out from the start. */
  readonly alone?: boolean
}

export const createHouse = async (options: HouseOptions = {}) => {
  const clock = createManualClock()
  const deviceSecret = new Uint8Array(32).fill(7)
  const deviceId = 'kitchen'
  const storeDir = options.storeDir ?? (await mkdtemp(join(tmpdir(), 'mynah-speaker-')))
  const cloud = createScriptedCloud({ clock, deviceId, deviceSecret, ...options })
  if (options.alone) cloud.breakBroker()
  const events: SpeakerEvent[] = []
  const heard: Int16Array[] = []
  let say: number[] = []
  let unplugged: { readonly error: Error } | undefined

  const microphone: Microphone = {
    frames: async function* (signal) {
      for (let dueMs = clock.now() + 20; !signal.aborted; dueMs += 20) {
        await clock.sleep(dueMs - clock.now(), signal)
        if (signal.aborted) return
        if (unplugged) throw unplugged.error
        const level = say.shift() ?? 0
        // Not a constant: a level of its own in each sample would be no sound.
        yield Int16Array.from({ length: 320 }, (_, i) => (i % 2 ? level : -level))
      }
    },
  }
  const loudspeaker: Loudspeaker = {
    outputDelayMs: 0,
    play: async (render, signal) => {
      for (let dueMs = clock.now() + playbackFrameMs; !signal.aborted; dueMs += playbackFrameMs) {
        await clock.sleep(dueMs - clock.now(), signal)
        if (!signal.aborted) heard.push(Int16Array.from(render()))
      }
    },
  }
  let fed = 0
  const wakeWord: WakeWordDetector = {
    hear: async (frame) => {
      fed += frame.length
      return frame[1] === wakeLevel ? { word: 'hey_jarvis', score: 0.9, atSample: fed } : undefined
    },
    samplesHeard: () => fed,
    reset: () => {},
    close: async () => {},
  }
  const voiceActivity: VoiceActivityDetector = {
    hear: async (frame) => ((frame[1] ?? 0) > 1_000 ? 0.95 : 0.02),
    reset: () => {},
    close: async () => {},
  }
  const speaker = createSpeaker({
    clock,
    log: silentLog,
    random: seededRandom(1),
    microphone,
    loudspeaker,
    wakeWord,
    voiceActivity,
    identity: {
      deviceId,
      deviceSecret,
      cloudUrl: 'http://cloud.test',
      mqttUrl: 'mqtt://cloud.test',
      udp: { host: '127.0.0.1', port: 4000 },
    },
    ...(options.muteSwitch ? { muteSwitch: options.muteSwitch } : {}),
    ...(options.openOwnWordEars ? { openOwnWordEars: options.openOwnWordEars } : {}),
    ...(options.understanding ? { understanding: options.understanding } : {}),
    storeDir,
    network: { ...cloud.network, ...(options.nameless ? { connectUdp: () => new Promise<never>(() => {}) } : {}) },
    firmware: 'test',
    cues: { wake: false, endOfListening: false },
  })
  speaker.events((event) => events.push(event))
  const stop = new AbortController()
  const finished = speaker.run(stop.signal)
  // The store is read from a real disk: let it come in before the virtual clock moves.
  for (let i = 0; i < (options.alone ? 5 : 1_000) && cloud.received.length === 0; i++) {
    await untilDiskRests(5)
    await clock.advance(0)
  }
  return {
    clock,
    cloud,
    speaker,
    events,
    /** What left the loudspeaker, one frame of 10 ms each. */
    heard,
    storeDir,
    of: <T extends SpeakerEvent['type']>(type: T) =>
      events.filter((event): event is Extract<SpeakerEvent, { type: T }> => event.type === type),
    silenceFor: (ms: number) => {
      say = [...say, ...new Array<number>(ms / 20).fill(0)]
    },
    wake: () => {
      say = [...say, wakeLevel]
    },
    speech: (ms: number) => {
      say = [...say, ...new Array<number>(ms / 20).fill(speechLevel)]
    },
    /** The microphone fails with `error` until it is plugged in again. */
    unplug: (error: Error) => {
      unplugged = { error }
    },
    plugIn: () => {
      unplugged = undefined
    },
    /** What the house has kept for the tests so far. */
    forget: () => {
      cloud.forget()
      events.length = 0
      heard.length = 0
    },
    pass: clock.advance,
    /** In steps of one frame, so that what lives on real ticks (encoders in slices, disks) keeps up. */
    passSlowly: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 20) {
        await clock.advance(20)
        await untilDiskRests(1)
      }
    },
    /** Lets real disk work finish. */
    settle: async () => {
      await untilDiskRests()
      await clock.advance(0)
    },
    close: async (keepStore = false) => {
      stop.abort()
      for (let i = 0; i < 10; i++) await clock.advance(500)
      await finished
      if (!keepStore) await removeStore(storeDir)
    },
  }
}

/** What still writes after the speaker has stopped is told by name. */
const removeStore = async (storeDir: string) => {
  try {
    await rm(storeDir, { recursive: true, force: true })
  } catch (error) {
    const left = await readdir(storeDir, { recursive: true })
    throw new Error(`something writes after the speaker has stopped: ${left.join(', ')}`, { cause: error })
  }
}

export type House = Awaited<ReturnType<typeof createHouse>>

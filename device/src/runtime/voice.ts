import { join } from 'node:path'
import { type BusVolumes, busVolumes } from '../audio/bus-volumes.ts'
import { createMixer, type Mixer } from '../audio/mixer.ts'
import type { DeviceConfig } from '../config/device-config.ts'
import { isQuiet } from '../config/quiet-hours.ts'
import { createPhrases, type Phrases, phraseNames } from '../link/phrases.ts'
import { createSounds, type Sounds } from './sounds.ts'
import type { SpeakerDeps } from './speaker-deps.ts'
import type { EarconName, PhraseName, SpeakerEvent } from './speaker-event.ts'

export type VoiceDeps = Pick<
  SpeakerDeps,
  'clock' | 'log' | 'loudspeaker' | 'network' | 'identity' | 'storeDir' | 'cues'
> & {
  /** `device_id:mqtt_password`. */
  readonly bearer: string
  readonly config: () => DeviceConfig
  readonly emit: (event: SpeakerEvent) => void
}

/** Everything this speaker can make heard. */
export type Voice = {
  readonly mixer: Mixer
  readonly sounds: Sounds
  readonly phrases: Phrases
  /** The two sounds around listening keep quiet in quiet hours, or when they are not wanted at all. */
  readonly earcon: (earcon: EarconName) => void
  /** 0 to 100: of what follows no volume of its own. */
  readonly setVolume: (volume: number) => void
  /** What is in force at this moment. */
  readonly volumes: () => BusVolumes
  /** The configuration changed. */
  readonly refresh: () => void
  /** Notices when quiet hours begin and end, until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** A sentence from disk; the error earcon while there is none. */
  readonly say: (phrase: PhraseName) => void
}

const lookEveryMs = 10_000

export const createVoice = (deps: VoiceDeps): Voice => {
  const { clock, log, bearer, emit, cues } = deps
  const { cloudUrl } = deps.identity
  const { fetch } = deps.network
  const mixer = createMixer({ volume: 0 })
  const { outputDelayMs } = deps.loudspeaker
  const sounds = createSounds({ clock, log, mixer, outputDelayMs, fetch, cloudUrl, bearer })
  const phrases = createPhrases({
    names: phraseNames,
    dir: join(deps.storeDir, 'phrases'),
    cloudUrl,
    bearer,
    fetch,
    log,
  })

  let volume = 0
  const isQuietNow = () => {
    const { quietHours, timeZone } = deps.config()
    return isQuiet(quietHours, clock.wallTime(), timeZone)
  }
  const volumes = () => busVolumes({ config: deps.config(), volume, isQuiet: isQuietNow() })
  const refresh = () => mixer.setVolumes(volumes())
  const isWanted = (name: EarconName): boolean => {
    if (name !== 'wake' && name !== 'end_of_listening') return true
    if (isQuietNow()) return false
    return (name === 'wake' ? cues?.wake : cues?.endOfListening) ?? true
  }
  const earcon = (name: EarconName) => {
    if (!isWanted(name)) return
    sounds.earcon(name)
    emit({ type: 'earcon', earcon: name, atMs: clock.now() })
  }
  const say = (phrase: PhraseName) => {
    const samples = phrases.get(deps.config().language, phrase)
    if (!samples) return earcon('error')
    sounds.play({ kind: 'phrase', source: { samples }, report: () => {} })
    emit({ type: 'phrase', phrase, atMs: clock.now() })
  }
  const setVolume = (next: number) => {
    volume = next
    refresh()
  }
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      refresh()
      await clock.sleep(lookEveryMs, signal)
    }
  }
  return { mixer, sounds, phrases, earcon, setVolume, volumes, refresh, run, say }
}

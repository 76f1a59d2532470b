import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Capture } from '../audio/capture.ts'
import type { Mixer } from '../audio/mixer.ts'
import { createPcmSource } from '../audio/pcm-source.ts'
import { captureSampleRateHz, playbackSampleRateHz } from '../audio/ports.ts'
import { volumeGain } from '../audio/volume.ts'
import type { EchoStanding } from '../echo/echo-canceller.ts'
import type { SoundHardware } from '../runtime/sound-hardware.ts'
import type { Ability } from '../understanding/understanding.ts'
import type { Examination } from './examination.ts'
import { examineClock, examineDisk, examineWifi } from './machine.ts'
import { chirp, echoLesson, roomSoundOf, untilLearnedMs } from './room-sound.ts'

/** A speaker that runs, as the doctor sees it. */
export type RunningSpeaker = {
  readonly clock: Clock
  readonly fetch: typeof fetch
  readonly cloudUrl: string
  readonly storeDir: string
  readonly capture: Pick<Capture, 'since' | 'nextSample'>
  readonly mixer: Pick<Mixer, 'play' | 'isPlaying'>
  readonly readEcho?: () => EchoStanding
  readonly hardware: Pick<SoundHardware, 'fault'>
  readonly volume: () => number
  readonly muted: () => boolean
  /** In a turn or ringing: no chirp then. */
  readonly isBusy: () => boolean
  readonly isOnline: () => boolean
  readonly udp: () => NonNullable<Examination['udp']>
  readonly xruns: () => { readonly microphone: number; readonly loudspeaker: number }
  readonly uptimeMs: () => number
  readonly ability: () => Ability | undefined
}

const quietMs = 1_000
const listenMs = 1_100
const samplesPerMs = captureSampleRateHz / 1000

const examineRoom = async (of: RunningSpeaker): Promise<Examination['room']> => {
  const fault = of.hardware.fault('microphone')
  if (fault) return { type: 'fault', direction: 'microphone', fault }
  const deaf = of.hardware.fault('loudspeaker')
  if (deaf) return { type: 'fault', direction: 'loudspeaker', fault: deaf }
  if (of.muted()) return { type: 'muted' }
  const isBusy = () => of.isBusy() || of.mixer.isPlaying()
  if (of.readEcho?.().type === 'searching' && !isBusy()) {
    of.mixer.play({ kind: 'earcon', source: createPcmSource(echoLesson(playbackSampleRateHz)) })
    await of.clock.sleep(untilLearnedMs)
  }
  const chirpSample = of.capture.nextSample()
  const silent = isBusy()
  if (!silent) of.mixer.play({ kind: 'earcon', source: createPcmSource(chirp(playbackSampleRateHz)) })
  await of.clock.sleep(listenMs)
  const { startSample, samples } = of.capture.since(chirpSample - quietMs * samplesPerMs)
  const gain = silent ? 0 : volumeGain(of.volume())
  return { type: 'heard', sound: roomSoundOf({ samples, chirpAtSample: chirpSample - startSample, gain }) }
}

const localCommandsOf = (ability: Ability | undefined): Pick<Examination, 'localCommands'> => {
  if (!ability || ability.type === 'unknown') return {}
  return { localCommands: ability.type === 'commands' ? { type: 'there' } : { type: 'missing', why: ability.reason } }
}

/** Looks at a speaker while it runs, in about a second; one with a canceller that has not heard anything yet takes three more. */
export const examineRunning = async (of: RunningSpeaker): Promise<Examination> => {
  const [room, clock, wifi, disk] = await Promise.all([
    examineRoom(of),
    examineClock(of),
    examineWifi(),
    examineDisk(of.storeDir),
  ])
  return {
    ...(room ? { room } : {}),
    xruns: { ...of.xruns(), uptimeMs: of.uptimeMs() },
    ...(clock ? { clock } : {}),
    ...(wifi ? { wifi } : {}),
    owner: true,
    broker: of.isOnline() ? 'reached' : 'unreachable',
    udp: of.udp(),
    // Without them this program would not have started.
    models: { type: 'loaded' },
    ...localCommandsOf(of.ability()),
    ...(disk ? { disk } : {}),
  }
}

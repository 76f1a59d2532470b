import type { DialogPhase } from '@mynah/shared/wire/topics.ts'
import type { Capture } from '../audio/capture.ts'
import { examineRunning, type RunningSpeaker } from '../doctor/examine-running.ts'
import { reportOf } from '../doctor/report.ts'
import type { EchoStanding } from '../echo/echo-canceller.ts'
import type { ControlLink } from '../link/control-link.ts'
import type { AudioPath } from '../link/path.ts'
import type { Status } from '../link/status.ts'
import type { Ability } from '../understanding/understanding.ts'
import type { Settings } from './settings.ts'
import type { SoundHardware } from './sound-hardware.ts'
import type { SpeakerDeps } from './speaker-deps.ts'
import type { Voice } from './voice.ts'

export type SelfReportDeps = Pick<
  SpeakerDeps,
  'clock' | 'storeDir' | 'firmware' | 'target' | 'microphone' | 'loudspeaker' | 'readEcho' | 'readHealth'
> & {
  readonly fetch: typeof fetch
  readonly cloudUrl: string
  readonly phase: () => DialogPhase
  readonly isRinging: () => boolean
  readonly settings: Pick<Settings, 'config' | 'muted' | 'volume'>
  readonly voice: Pick<Voice, 'mixer' | 'volumes'>
  readonly capture: Pick<Capture, 'since' | 'nextSample' | 'counters'>
  readonly hardware: Pick<SoundHardware, 'fault'>
  readonly link: Pick<ControlLink, 'isOnline' | 'counters'>
  readonly path: Pick<AudioPath, 'udp' | 'via'>
  readonly ability: () => Ability | undefined
}

/** What a running speaker says of itself. */
export type SelfReport = {
  readonly status: () => Status
  readonly counters: () => Readonly<Record<string, number>>
  /** In a turn or ringing. */
  readonly isBusy: () => boolean
  /** Takes about a second, of which the room hears a chirp. */
  readonly examination: () => Promise<Readonly<Record<string, unknown>>>
}

export const createSelfReport = (deps: SelfReportDeps): SelfReport => {
  const { clock, settings, voice, capture, link, path } = deps
  const startedAtMs = clock.now()
  const uptimeMs = () => Math.max(0, clock.now() - startedAtMs)
  const isBusy = () => deps.phase() !== 'idle' || deps.isRinging()

  const status = () => ({
    ...deps.readHealth?.(),
    online: true,
    firmware: deps.firmware,
    ...(deps.target && { target: deps.target }),
    uptime_ms: uptimeMs(),
    volume: settings.volume.current(),
    muted: settings.muted(),
    phase: deps.phase(),
    config_version: settings.config().version,
    ...localCommandsOf(deps.ability()),
  })
  const counters = () => {
    const { dropped, rejected, unknownTopics } = link.counters()
    return {
      ...capture.counters(),
      ...(deps.microphone.xruns ? { microphoneXruns: deps.microphone.xruns() } : {}),
      ...(deps.loudspeaker.xruns ? { loudspeakerXruns: deps.loudspeaker.xruns() } : {}),
      ...(deps.readEcho ? echoOf(deps.readEcho()) : {}),
      controlDropped: dropped,
      controlRejected: rejected,
      unknownTopics,
    }
  }
  const patient: RunningSpeaker = {
    clock,
    fetch: deps.fetch,
    cloudUrl: deps.cloudUrl,
    storeDir: deps.storeDir,
    capture,
    mixer: voice.mixer,
    hardware: deps.hardware,
    volume: () => voice.volumes().assistant,
    muted: settings.muted,
    isBusy,
    isOnline: link.isOnline,
    udp: path.udp,
    ...(deps.readEcho ? { readEcho: deps.readEcho } : {}),
    xruns: () => ({ microphone: deps.microphone.xruns?.() ?? 0, loudspeaker: deps.loudspeaker.xruns?.() ?? 0 }),
    uptimeMs,
    ability: deps.ability,
  }
  return {
    status,
    counters,
    isBusy,
    examination: async () => {
      const report = reportOf(await examineRunning(patient), settings.config().language)
      return { ...report, ...status(), ...counters(), sound_via: path.via() }
    },
  }
}

/** Absent until it was found. */
const echoOf = (standing: EchoStanding) =>
  standing.type === 'cancelling'
    ? { echoDelayMs: Math.round(standing.delayMs), echoAttenuationDb: Math.round(standing.attenuationDb) }
    : {}

/** Absent until it is known. */
const localCommandsOf = (ability: Ability | undefined) =>
  ability && ability.type !== 'unknown' ? { local_commands: ability.type === 'commands' } : {}

import type { CheckName, Finding } from '@mynah/shared/doctor/finding.ts'
import type { Examination } from './examination.ts'
import type { RoomSound } from './room-sound.ts'

type Judged = Omit<Finding, 'check'>

/** A room by day is at -60 to -40; below -85 no microphone is that quiet by itself. */
const deafDbfs = -85
const noisyDbfs = -35
/** Below this the wake word is not told from the speaker's own voice (hardware/README.md, echo). */
const enoughEchoDb = 10
const goodEchoDb = 20
const gapsAnHour = 6
const wrongClockMs = 60_000
const weakSignalDbm = -75
const lowSignalDbm = -67
const fullBytes = 50e6
const lowBytes = 300e6

const round = (value: number) => Math.round(value * 10) / 10

const microphoneOf = (sound: RoomSound): Judged => {
  const measured = { level_dbfs: round(sound.levelDbfs), clipped_percent: round(sound.clipped * 100) }
  if (sound.dead) return { level: 'bad', code: 'silent', measured }
  if (sound.levelDbfs < deafDbfs) return { level: 'note', code: 'too_quiet', measured }
  return sound.clipped > 0.001 ? { level: 'bad', code: 'clips', measured } : { level: 'good', code: 'works', measured }
}

const noiseOf = ({ noiseFloorDbfs }: RoomSound): Judged => {
  const measured = { noise_floor_dbfs: round(noiseFloorDbfs) }
  return noiseFloorDbfs > noisyDbfs
    ? { level: 'note', code: 'noisy', measured }
    : { level: 'good', code: 'works', measured }
}

const echoOf = ({ chirp }: RoomSound): Judged | undefined => {
  if (chirp.type === 'not_played') return undefined
  if (chirp.type === 'not_heard') return { level: 'note', code: 'not_heard' }
  const measured = { attenuation_db: chirp.attenuationDb, delay_ms: chirp.delayMs }
  if (chirp.attenuationDb >= goodEchoDb) return { level: 'good', code: 'works', measured }
  return chirp.attenuationDb >= enoughEchoDb
    ? { level: 'note', code: 'weak', measured }
    : { level: 'bad', code: 'hears_itself', measured }
}

const clockOf = ({ aheadMs }: NonNullable<Examination['clock']>): Judged => {
  if (aheadMs === undefined) return { level: 'note', code: 'unreachable' }
  const measured = { ahead_s: round(aheadMs / 1000) }
  return Math.abs(aheadMs) > wrongClockMs
    ? { level: 'bad', code: 'wrong', measured }
    : { level: 'good', code: 'works', measured }
}

const wifiOf = (wifi: NonNullable<Examination['wifi']>): Judged => {
  if (wifi.type === 'cable') return { level: 'good', code: 'cable' }
  const measured = { signal_dbm: wifi.signalDbm }
  if (wifi.powerSave) return { level: 'bad', code: 'power_save', measured }
  if (wifi.signalDbm < weakSignalDbm) return { level: 'bad', code: 'weak', measured }
  return wifi.signalDbm < lowSignalDbm
    ? { level: 'note', code: 'low', measured }
    : { level: 'good', code: 'works', measured }
}

const udpOf = (udp: NonNullable<Examination['udp']>): Judged => {
  if (udp.type !== 'passes') return { level: 'note', code: udp.type }
  const { roundTripMs } = udp
  return {
    level: 'good',
    code: 'works',
    ...(roundTripMs === undefined ? {} : { measured: { round_trip_ms: round(roundTripMs) } }),
  }
}

const diskOf = ({ freeBytes, writable }: NonNullable<Examination['disk']>): Judged => {
  const measured = { free_mb: Math.round(freeBytes / 1e6) }
  if (!writable) return { level: 'bad', code: freeBytes < fullBytes ? 'full' : 'read_only', measured }
  if (freeBytes < fullBytes) return { level: 'bad', code: 'full', measured }
  return freeBytes < lowBytes ? { level: 'note', code: 'low', measured } : { level: 'good', code: 'works', measured }
}

const gapsOf = ({ microphone, loudspeaker, uptimeMs }: NonNullable<Examination['xruns']>): Judged => {
  const measured = { microphone, loudspeaker }
  const anHour = ((microphone + loudspeaker) * 3_600_000) / Math.max(uptimeMs, 3_600_000)
  return anHour > gapsAnHour ? { level: 'note', code: 'many', measured } : { level: 'good', code: 'works', measured }
}

const ofRoom = (room: NonNullable<Examination['room']>): Finding[] => {
  if (room.type === 'muted') return [{ check: 'microphone', level: 'note', code: 'muted' }]
  if (room.type === 'fault') {
    const check = room.direction === 'microphone' ? 'microphone' : 'echo'
    return [{ check, level: 'bad', code: room.fault, measured: { direction: room.direction } }]
  }
  const echo = echoOf(room.sound)
  return [
    { check: 'microphone', ...microphoneOf(room.sound) },
    { check: 'noise', ...noiseOf(room.sound) },
    ...(echo ? [{ check: 'echo', ...echo } as const] : []),
  ]
}

const brokerCodes = { reached: 'works', refused: 'refused', unreachable: 'unreachable' } as const

const missingOr = (part: { readonly type: string; readonly why?: string }, level: 'note' | 'bad'): Judged =>
  part.type === 'missing'
    ? { level, code: 'missing', measured: { why: part.why ?? '' } }
    : { level: 'good', code: 'works' }

/** A check of one part; nothing when that was not looked at. */
const of = <T>(check: CheckName, part: T | undefined, judge: (part: T) => Judged): readonly Finding[] =>
  part === undefined ? [] : [{ check, ...judge(part) }]

/** What an examination means, in the order of `checkNames`. Pure. */
export const findingsOf = (looked: Examination): readonly Finding[] => [
  ...of('service', looked.serviceRuns || undefined, () => ({ level: 'note', code: 'running' })),
  ...(looked.room ? ofRoom(looked.room) : []),
  ...of('sound_gaps', looked.xruns, gapsOf),
  ...of('clock', looked.clock, clockOf),
  ...of('wifi', looked.wifi, wifiOf),
  ...of('owner', looked.owner, (owner) => (owner ? { level: 'good', code: 'works' } : { level: 'note', code: 'none' })),
  ...of('broker', looked.broker, (broker) => ({
    level: broker === 'reached' ? 'good' : 'bad',
    code: brokerCodes[broker],
  })),
  ...of('udp', looked.udp, udpOf),
  ...of('models', looked.models, (models) => missingOr(models, 'bad')),
  ...of('local_commands', looked.localCommands, (commands) => missingOr(commands, 'note')),
  ...of('disk', looked.disk, diskOf),
]

export const isHealthy = (findings: readonly Finding[]): boolean => findings.every(({ level }) => level !== 'bad')

import { defaultFollowUpMs, defaultWakeWords } from '@mynah/shared/wire/config-defaults.ts'
import { type languageSchema, type ToDeviceMessage, toDevice } from '@mynah/shared/wire/topics.ts'
import type * as v from 'valibot'

/** What the owner set, with everything that was left out filled in. */
export type DeviceConfig = {
  /** 0 until the cloud sent one. */
  readonly version: number
  readonly language: v.InferOutput<typeof languageSchema>
  readonly volume: number
  /** Absent: that of `volume`. */
  readonly mediaVolume?: number
  readonly alarmVolume?: number
  /** No alarm is quieter, whatever else says so. */
  readonly alarmMinVolume?: number
  readonly muted: boolean
  readonly followUpMs: number
  readonly wake: { readonly words: readonly string[]; readonly preset: 'strict' | 'normal' | 'sensitive' }
  readonly quietHours?: { readonly from: string; readonly to: string }
  readonly name?: string
  readonly room?: string
  readonly voice?: string
  readonly timeZone?: string
}

export const defaultConfig: DeviceConfig = {
  version: 0,
  language: 'en',
  volume: 60,
  muted: false,
  followUpMs: defaultFollowUpMs,
  wake: { words: defaultWakeWords, preset: 'normal' },
}

/** The file on disk is the newest `config` message as it came. */
export const storedConfigSchema = toDevice.config

type ConfigMessage = ToDeviceMessage<'config'>

export type ConfigOutcome =
  | { readonly type: 'applied'; readonly config: DeviceConfig }
  /** Seen before, or older than what is in force: nothing changes, the version is acknowledged. */
  | { readonly type: 'already_applied' }
  | {
      readonly type: 'refused'
      readonly error: { readonly code: string; readonly field: string; readonly message: string }
    }

/** Whether and how a `config` message changes the one in force. Pure; wake words are judged by the detector itself. */
export const applyConfig = (current: DeviceConfig, message: ConfigMessage): ConfigOutcome => {
  if (message.version <= current.version) return { type: 'already_applied' }
  const error = faultOf(message)
  return error ? { type: 'refused', error } : { type: 'applied', config: configOf(message) }
}

/** The whole configuration: a field that the message leaves out has its default. */
export const configOf = (message: ConfigMessage): DeviceConfig => ({
  version: message.version,
  language: message.language ?? defaultConfig.language,
  volume: message.volume ?? defaultConfig.volume,
  muted: message.muted ?? defaultConfig.muted,
  followUpMs: message.follow_up_ms ?? defaultConfig.followUpMs,
  wake: message.wake ?? defaultConfig.wake,
  ...(message.media_volume === undefined ? {} : { mediaVolume: message.media_volume }),
  ...(message.alarm_volume === undefined ? {} : { alarmVolume: message.alarm_volume }),
  ...(message.alarm_min_volume === undefined ? {} : { alarmMinVolume: message.alarm_min_volume }),
  ...(message.quiet_hours ? { quietHours: message.quiet_hours } : {}),
  ...(message.name === undefined ? {} : { name: message.name }),
  ...(message.room === undefined ? {} : { room: message.room }),
  ...(message.voice === undefined ? {} : { voice: message.voice }),
  ...(message.time_zone === undefined ? {} : { timeZone: message.time_zone }),
})

const faultOf = (message: ConfigMessage) => {
  for (const [field, time] of Object.entries(message.quiet_hours ?? {})) {
    if (!isClockTime(time)) {
      return { code: 'bad_time', field: `quiet_hours.${field}`, message: `00:00 to 23:59, got "${time}"` }
    }
  }
  if (message.time_zone !== undefined && !isTimeZone(message.time_zone)) {
    return { code: 'bad_time_zone', field: 'time_zone', message: 'an IANA time zone such as Europe/Zurich is needed' }
  }
  return undefined
}

const isClockTime = (time: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time)

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    // RangeError is how Intl says that it does not know the zone.
    return false
  }
}

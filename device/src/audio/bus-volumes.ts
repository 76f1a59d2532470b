import { defaultAlarmMinVolume } from '@mynah/shared/wire/config-defaults.ts'
import type { DeviceConfig } from '../config/device-config.ts'

/** Each sound belongs to one bus; each bus has its volume, 0 to 100. */
export type BusVolumes = {
  /** Replies, announcements, chimes. */
  readonly assistant: number
  readonly media: number
  /** What was set to be heard. */
  readonly alarm: number
}

/** Nobody wants a shout at night; who asks in a whisper is answered in one. */
const quietVolume = 30

export type VolumesInForce = {
  readonly config: Pick<DeviceConfig, 'mediaVolume' | 'alarmVolume' | 'alarmMinVolume'>
  /** What was last said or set; media and alarms follow it where they have no volume of their own. */
  readonly volume: number
  readonly isQuiet: boolean
}

/** The volume of each bus. Quiet hours lower everything but alarms. Pure. */
export const busVolumes = ({ config, volume, isQuiet }: VolumesInForce): BusVolumes => {
  const most = isQuiet ? quietVolume : 100
  return {
    assistant: Math.min(volume, most),
    media: Math.min(config.mediaVolume ?? volume, most),
    alarm: Math.max(config.alarmVolume ?? volume, config.alarmMinVolume ?? defaultAlarmMinVolume),
  }
}

import type { DeviceView } from '@mynah/shared/api/devices.ts'

export const speakerFilters = ['all', 'online', 'offline', 'attention'] as const
export type SpeakerFilter = (typeof speakerFilters)[number]

export type Concern = 'hot' | 'low_battery' | 'weak_wifi' | 'refused' | 'pending'

const hotFromC = 75
const lowBatteryBelow = 20
const weakWifiBelowDbm = -75

/** What an admin should know about a speaker without opening it. */
export const concernsOf = (device: DeviceView): readonly Concern[] => {
  const concerns: Concern[] = []
  if (device.online && (device.temperature_c ?? 0) >= hotFromC) concerns.push('hot')
  if (device.online && (device.battery ?? 100) < lowBatteryBelow) concerns.push('low_battery')
  if (device.online && (device.wifi_rssi_dbm ?? 0) < weakWifiBelowDbm) concerns.push('weak_wifi')
  if (device.config_state === 'refused') concerns.push('refused')
  if (device.config_state === 'pending') concerns.push('pending')
  return concerns
}

const isIn = (device: DeviceView, filter: SpeakerFilter): boolean => {
  switch (filter) {
    case 'all':
      return true
    case 'online':
      return device.online
    case 'offline':
      return !device.online
    case 'attention':
      return !device.online || concernsOf(device).length > 0
  }
}

/** Whether a speaker belongs in the list: every word of `search` in its name, room or id. */
export const matchesFilter = (device: DeviceView, filter: SpeakerFilter, search: string): boolean => {
  const text = `${device.name ?? ''} ${device.room ?? ''} ${device.device_id}`.toLowerCase()
  return (
    isIn(device, filter) &&
    search
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word))
  )
}

/** By room, then by name; speakers without either come last. */
export const compareSpeakers = (locale: string) => {
  const collator = new Intl.Collator(locale, { numeric: true })
  const compare = (a: string | null, b: string | null) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    return collator.compare(a, b)
  }
  return (a: DeviceView, b: DeviceView): number =>
    compare(a.room, b.room) || compare(a.name, b.name) || compare(a.device_id, b.device_id)
}

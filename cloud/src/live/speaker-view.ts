import type { DeviceView } from '@mynah/shared/api/devices.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { StoredConfig } from '../store/config-store.ts'
import type { RegisteredDevice } from '../store/device-registry.ts'

/** A speaker that was enrolled and has said nothing yet. */
export const unseen = ({ deviceId, homeId }: RegisteredDevice): DeviceView => ({
  device_id: deviceId,
  home_id: homeId,
  name: null,
  room: null,
  online: false,
  seen_at: null,
  phase: null,
  volume: null,
  muted: null,
  battery: null,
  temperature_c: null,
  wifi_rssi_dbm: null,
  cpu: null,
  memory: null,
  uptime_ms: null,
  firmware: null,
  language: 'en',
  config_version: 0,
  config_state: 'none',
})

/** What an absent speaker last reported stays; it is in no phase. */
export const withStatus = (view: DeviceView, status: FromDeviceMessage<'status'>, seenAt: string): DeviceView => ({
  ...view,
  online: status.online,
  seen_at: seenAt,
  phase: status.online ? (status.phase ?? null) : null,
  volume: status.volume ?? view.volume,
  muted: status.muted ?? view.muted,
  battery: status.battery ?? view.battery,
  temperature_c: status.temperature_c ?? view.temperature_c,
  wifi_rssi_dbm: status.wifi_rssi_dbm ?? view.wifi_rssi_dbm,
  cpu: status.cpu ?? view.cpu,
  memory: status.memory ?? view.memory,
  uptime_ms: status.uptime_ms ?? view.uptime_ms,
  firmware: status.firmware ?? view.firmware,
})

export const withConfig = (
  view: DeviceView,
  config: ToDeviceMessage<'config'>,
  state: StoredConfig['state'],
): DeviceView => ({
  ...view,
  name: config.name ?? null,
  room: config.room ?? null,
  language: config.language ?? 'en',
  config_version: config.version,
  config_state: state,
})

/** What a list must never show stale; the rest (temperature, uptime ...) may be a minute old. */
export const steadyPartOf = (view: DeviceView): string => {
  const { seen_at: _a, temperature_c: _b, wifi_rssi_dbm: _c, cpu: _d, memory: _e, uptime_ms: _f, ...steady } = view
  return JSON.stringify(steady)
}

import type { DeviceConfigView, DeviceDetail } from '@mynah/shared/api/devices.ts'
import type { DevicesDeps } from './devices-deps.ts'

const shownEvents = 50

export const configViewOf = ({ store }: Pick<DevicesDeps, 'store'>, deviceId: string): DeviceConfigView => {
  const stored = store.configs.latest(deviceId)
  if (!stored) return { device_id: deviceId, version: 0, state: 'none', config: {}, error: null }
  const { v: _format, version, ...config } = stored.config
  return { device_id: deviceId, version, state: stored.state, config, error: stored.error ?? null }
}

/** One speaker with all that is known of it; undefined when it is not there. */
export const detailOf = (deps: DevicesDeps, deviceId: string): DeviceDetail | undefined => {
  const { speakers, store, stores } = deps
  const speaker = speakers.find(deviceId)
  if (!speaker) return undefined
  const retention = store.retention.ofDevice({ deviceId, homeId: speaker.homeId })
  return {
    ...speaker.view,
    enrolled_at: speaker.enrolledAt,
    config: configViewOf(deps, deviceId),
    keep_days: retention.keepDays,
    keep_sound: retention.keepSound,
    turn_count: stores.archive.countOfDevice(deviceId, speaker.homeId),
    events: [...stores.registry.events(deviceId, shownEvents)],
  }
}

import { join } from 'node:path'
import { createVolumeKeeper, type VolumeKeeper } from '../audio/volume-keeper.ts'
import { type ConfigKeeperDeps, createConfigKeeper } from '../config/config-keeper.ts'
import { type DeviceConfig, defaultConfig } from '../config/device-config.ts'
import type { ControlLink } from '../link/control-link.ts'
import type { SpeakerDeps } from './speaker-deps.ts'
import type { SpeakerEvent } from './speaker-event.ts'

export type SettingsDeps = Pick<SpeakerDeps, 'clock' | 'log' | 'storeDir' | 'wakeWord' | 'ownVoice' | 'muteSwitch'> & {
  readonly publish: ControlLink['publish']
  readonly emit: (event: SpeakerEvent) => void
  readonly onVolume: (volume: number) => void
  readonly onMuted: (muted: boolean) => void
  readonly onConfig: (config: DeviceConfig, before: DeviceConfig) => void
}

/** What the owner set, at the speaker or in the panel. */
export type Settings = {
  readonly config: () => DeviceConfig
  readonly muted: () => boolean
  readonly setMuted: (muted: boolean) => void
  readonly volume: Pick<VolumeKeeper, 'current' | 'set'>
  /** The wake words once more: those of the owner have changed. */
  readonly refreshWake: () => Promise<void>
  readonly receiveConfig: ReturnType<typeof createConfigKeeper>['receive']
  /** Brings what is on disk into force, and from then on the switch. */
  readonly load: () => Promise<void>
  /** Lets go of the switch; resolves when what was set is on disk. */
  readonly stop: () => Promise<void>
}

export const createSettings = (deps: SettingsDeps): Settings => {
  const { clock, log, storeDir, emit, wakeWord } = deps
  let config = defaultConfig
  let muted = defaultConfig.muted
  let stopSwitch = () => {}

  const setMuted = (asked: boolean) => {
    // A switch that is on has the last word: whoever moved it does not trust software.
    const on = asked || (deps.muteSwitch?.isOn() ?? false)
    if (on === muted) return
    muted = on
    deps.onMuted(on)
    emit({ type: 'mute_changed', muted: on, atMs: clock.now() })
    deps.publish('event', { type: 'mute_changed' })
  }
  const volume = createVolumeKeeper({
    path: join(storeDir, 'volume.json'),
    log,
    onChanged: (now) => {
      deps.onVolume(now)
      emit({ type: 'volume_changed', volume: now, atMs: clock.now() })
    },
  })
  const configureWake: ConfigKeeperDeps['configureWake'] = async (wake) => {
    const configured = wakeWord.configure ? await wakeWord.configure(wake) : ({ ok: true, value: wake } as const)
    // The same words: what the one at the microphone took, this one takes.
    if (configured.ok) await deps.ownVoice?.configure?.(wake)
    return configured
  }
  const keeper = createConfigKeeper({
    path: join(storeDir, 'config.json'),
    log,
    configureWake,
    acknowledge: (ack) => deps.publish('config/ack', ack),
    onApplied: (applied) => {
      const before = config
      config = applied
      volume.follow(applied)
      setMuted(applied.muted)
      emit({ type: 'config_applied', version: applied.version, atMs: clock.now() })
      deps.onConfig(applied, before)
    },
  })
  return {
    config: () => config,
    muted: () => muted,
    setMuted,
    volume,
    refreshWake: async () => {
      const refreshed = await configureWake(config.wake)
      if (!refreshed.ok) log.error('the wake words did not come into force', { code: refreshed.error.code })
    },
    receiveConfig: keeper.receive,
    load: async () => {
      await volume.load()
      await keeper.load()
      setMuted(muted)
      stopSwitch = deps.muteSwitch?.onChange(setMuted) ?? stopSwitch
    },
    stop: async () => {
      stopSwitch()
      await Promise.all([volume.settled(), keeper.settled()])
    },
  }
}

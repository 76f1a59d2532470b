import type { Log } from '@mynah/shared/log/log.ts'
import * as v from 'valibot'
import type { DeviceConfig } from '../config/device-config.ts'
import { createJsonFile } from '../store/json-file.ts'

export type VolumeKeeperDeps = {
  readonly path: string
  readonly log: Log
  readonly onChanged: (volume: number) => void
}

/** The volume in force: what was said at the speaker last, until a newer configuration says otherwise. */
export type VolumeKeeper = {
  readonly current: () => number
  readonly load: () => Promise<void>
  /** 0 to 100. Heard at once; resolves when it would survive a restart. */
  readonly set: (volume: number) => Promise<void>
  /** A configuration came into force. */
  readonly follow: (config: DeviceConfig) => void
  /** Resolves when nothing is being written. */
  readonly settled: () => Promise<void>
}

const storedSchema = v.object({
  v: v.literal(1),
  volume: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100)),
  config_version: v.number(),
})

export const createVolumeKeeper = ({ path, log, onChanged }: VolumeKeeperDeps): VolumeKeeper => {
  const file = createJsonFile({ path, schema: storedSchema, log })
  let stored: v.InferOutput<typeof storedSchema> | undefined
  let volume = 0
  let configVersion = 0

  const change = (next: number) => {
    if (next === volume) return
    volume = next
    onChanged(next)
  }
  return {
    current: () => volume,
    load: async () => {
      stored = await file.read()
    },
    set: async (next) => {
      change(next)
      stored = { v: 1, volume: next, config_version: configVersion }
      await file.write(stored)
    },
    follow: (config) => {
      configVersion = config.version
      change(stored?.config_version === config.version ? stored.volume : config.volume)
    },
    settled: file.settled,
  }
}

import type { Log } from '@mynah/shared/log/log.ts'
import type { Result } from '@mynah/shared/result.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { createJsonFile } from '../store/json-file.ts'
import { applyConfig, configOf, type DeviceConfig, defaultConfig, storedConfigSchema } from './device-config.ts'

type Ack = Omit<FromDeviceMessage<'config/ack'>, 'v'>

export type ConfigKeeperDeps = {
  readonly path: string
  readonly log: Log
  /** Takes the wake words into use, all or none. */
  readonly configureWake: (
    wake: DeviceConfig['wake'],
  ) => Promise<Result<unknown, { readonly code: string; readonly message: string }>>
  readonly acknowledge: (ack: Ack) => void
  /** Called with each configuration that comes into force, also the one loaded at start. */
  readonly onApplied: (config: DeviceConfig) => void
}

export type ConfigKeeper = {
  readonly current: () => DeviceConfig
  /** Brings what is on disk into force. */
  readonly load: () => Promise<void>
  /** Persists, applies, acknowledges, in this order: what was acknowledged survives a power cut. Never rejects. */
  readonly receive: (message: ToDeviceMessage<'config'>) => Promise<void>
  /** Resolves when everything received has been dealt with. */
  readonly settled: () => Promise<void>
}

export const createConfigKeeper = (deps: ConfigKeeperDeps): ConfigKeeper => {
  const file = createJsonFile({ path: deps.path, schema: storedConfigSchema, log: deps.log })
  let config = defaultConfig
  let turn: Promise<void> = Promise.resolve()

  const apply = (next: DeviceConfig) => {
    config = next
    deps.onApplied(next)
  }
  const receiveNow = async (message: ToDeviceMessage<'config'>) => {
    const outcome = applyConfig(config, message)
    if (outcome.type === 'already_applied') return deps.acknowledge({ version: message.version, applied: true })
    if (outcome.type === 'refused') {
      return deps.acknowledge({ version: message.version, applied: false, error: outcome.error })
    }
    const wake = await deps.configureWake(outcome.config.wake)
    if (!wake.ok) {
      const error = { code: wake.error.code, field: 'wake', message: wake.error.message.slice(0, 500) }
      return deps.acknowledge({ version: message.version, applied: false, error })
    }
    try {
      await file.write(message)
    } catch (error) {
      deps.log.error('the configuration cannot be stored', { version: message.version, error })
      const refusal = { code: 'not_stored', field: 'version', message: 'the disk refused the write' }
      return deps.acknowledge({ version: message.version, applied: false, error: refusal })
    }
    apply(outcome.config)
    deps.acknowledge({ version: message.version, applied: true })
  }
  return {
    current: () => config,
    load: async () => {
      const stored = await file.read()
      apply(stored ? configOf(stored) : defaultConfig)
      if (!stored) return
      const wake = await deps.configureWake(config.wake)
      if (!wake.ok)
        deps.log.warn('the stored wake words are not in use', { code: wake.error.code, why: wake.error.message })
    },
    receive: (message) => {
      // One that fails must not keep the next ones from being applied.
      turn = turn
        .then(() => receiveNow(message))
        .catch((error: unknown) => deps.log.error('the configuration failed', { version: message.version, error }))
      return turn
    },
    settled: () => turn,
  }
}

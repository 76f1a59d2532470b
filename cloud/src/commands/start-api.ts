import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { AiEngines } from '../api/ai/ai-engines.ts'
import { type ComposeApiDeps, type ComposedApi, composeApi } from '../api/compose-api.ts'
import type { BrokerClient } from '../broker/broker-client.ts'
import type { Directory } from '../devices/directory.ts'
import type { OneTimeAudioStore } from '../gateway/one-time-audio.ts'
import type { PartStatus } from '../gateway/pages.ts'
import type { LiveHub } from '../live/hub.ts'
import type { ObservedBroker } from '../live/observed-broker.ts'
import type { ObservedTurns } from '../live/observed-turns.ts'
import type { Store } from '../store/open-store.ts'
import type { BrowserSpeakers } from '../talk/browser-speakers.ts'
import type { CloudDeps } from './cloud-deps.ts'

export type StartApiDeps = CloudDeps & {
  readonly store: Store
  readonly broker: ObservedBroker<BrokerClient>
  readonly turns: ObservedTurns
  readonly directory: Directory
  readonly browsers?: BrowserSpeakers
  readonly live: LiveHub
  readonly aiEngines: AiEngines
  readonly oneTimeAudio: OneTimeAudioStore
  readonly partStatus: () => Promise<readonly PartStatus[]>
  readonly cloudUrl: () => string
  readonly placeAt: ComposeApiDeps['placeAt']
}

/** The API of people and scripts. */
export const startApi = (deps: StartApiDeps): ComposedApi => {
  const { config, clock, log, parts, store, broker, turns, directory, browsers, oneTimeAudio } = deps
  const api = composeApi({
    clock,
    log,
    store,
    broker,
    turns,
    role: config.role === 'speech' ? 'all' : config.role,
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(config.data_dir)
      return bavail * bsize
    },
    oneTimeAudio,
    live: deps.live,
    ...(browsers && { browsers }),
    engines: deps.aiEngines,
    scheduleOf: (deviceId) => directory.find(deviceId)?.schedule ?? [],
    parts: deps.partStatus,
    cloudUrl: deps.cloudUrl,
    placeAt: deps.placeAt,
    ...(config.public_url !== undefined && { publicUrl: config.public_url }),
    trustProxy: config.trust_proxy,
    backupDir: join(config.data_dir, 'backups'),
    firmwareDir: join(config.data_dir, 'firmware'),
    firmwareKeys: config.firmware_keys,
    version: deps.version,
  })
  parts.run('API', api.run)
  return api
}

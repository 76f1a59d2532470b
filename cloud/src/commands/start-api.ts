import { join } from 'node:path'
import { type ComposedApi, composeApi } from '../api/compose-api.ts'
import type { BrokerClient } from '../broker/broker-client.ts'
import type { Directory } from '../devices/directory.ts'
import type { Dialogue } from '../dialogue/dialogue.ts'
import { createHomeDialogues } from '../dialogue/home-dialogues.ts'
import type { OneTimeAudioStore } from '../gateway/one-time-audio.ts'
import type { PartStatus } from '../gateway/pages.ts'
import type { ObservedBroker } from '../live/observed-broker.ts'
import type { Store } from '../store/open-store.ts'
import type { BrowserSpeakers } from '../talk/browser-speakers.ts'
import type { CloudDeps } from './cloud-deps.ts'
import type { Engines } from './engines.ts'

export type StartApiDeps = CloudDeps & {
  readonly store: Store
  readonly broker: ObservedBroker<BrokerClient>
  readonly directory: Directory
  readonly browsers?: BrowserSpeakers
  readonly engines: Engines
  readonly oneTimeAudio: OneTimeAudioStore
  readonly partStatus: () => Promise<readonly PartStatus[]>
  readonly cloudUrl: () => string
}

/** The API of people and scripts, and the dialogue that follows what each home has chosen there. */
export const startApi = (deps: StartApiDeps): { readonly api: ComposedApi; readonly dialogue: Dialogue } => {
  const { config, clock, log, parts, store, broker, directory, browsers, engines, oneTimeAudio, cloudUrl, version } =
    deps
  const { languageModel, tts, speech } = engines
  const api = composeApi({
    clock,
    log,
    store,
    broker,
    oneTimeAudio,
    ...(browsers && { browsers }),
    engines: { tts, speech, ...(languageModel && { languageModel }) },
    scheduleOf: (deviceId) => directory.find(deviceId)?.schedule ?? [],
    parts: deps.partStatus,
    cloudUrl,
    ...(config.public_url !== undefined && { publicUrl: config.public_url }),
    trustProxy: config.trust_proxy,
    backupDir: join(config.data_dir, 'backups'),
    firmwareDir: join(config.data_dir, 'firmware'),
    firmwareKeys: config.firmware_keys,
    version,
  })
  parts.run('API', api.run)
  const dialogue = createHomeDialogues({
    standard: engines.dialogue,
    create: engines.createDialogue,
    choiceOf: api.homeChoiceOf,
  })
  return { api, dialogue }
}

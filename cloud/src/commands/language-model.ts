import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { CloudConfig } from '../config.ts'
import { createLlamaCpp } from '../providers/llm/llama-cpp.ts'
import { createOpenAiCompatible } from '../providers/llm/openai-compatible.ts'
import type { LanguageModel } from '../providers/stages.ts'
import type { Parts } from '../supervise/parts.ts'

type LanguageModelDeps = {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  readonly parts: Pick<Parts, 'add'>
}

export type ConnectedModel = {
  readonly languageModel?: LanguageModel
  /** One phrase for the status page. */
  readonly described: string
  /** `model`: its name, `gguf` for a file in this process, `none`. `address`: host and port of its server. */
  readonly facts: { readonly model: string; readonly address?: string }
}

/** The language model of the configuration: behind an API, inside this process, or none. Rejects when a GGUF file cannot be loaded. */
export const connectLanguageModel = async ({
  config,
  clock,
  log,
  parts,
}: LanguageModelDeps): Promise<ConnectedModel> => {
  const { llm_url: url, llm_model: model, llm_api_key: apiKey, llm_gguf: modelPath } = config
  if (url !== undefined && model !== undefined) {
    const languageModel = createOpenAiCompatible({ clock, log, url, model, ...(apiKey !== undefined && { apiKey }) })
    const { host } = new URL(url)
    return { languageModel, described: `${model} at ${host}`, facts: { model, address: host } }
  }
  if (modelPath !== undefined) {
    const llama = await createLlamaCpp({ modelPath })
    parts.add('language model', llama.close)
    return { languageModel: llama, described: 'a GGUF model in this process', facts: { model: 'gguf' } }
  }
  return { described: 'none connected', facts: { model: 'none' } }
}

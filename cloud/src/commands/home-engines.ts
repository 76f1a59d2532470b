import { type AiEngines, createAiEngines } from '../api/ai/ai-engines.ts'
import type { Dialogue } from '../dialogue/dialogue.ts'
import { createHomeDialogues } from '../dialogue/home-dialogues.ts'
import { createHomeChoices, type HomeChoices } from '../homes/home-choices.ts'
import { createSpeechServers } from '../providers/speech-servers.ts'
import type { Store } from '../store/open-store.ts'
import type { CloudDeps } from './cloud-deps.ts'
import type { Engines } from './engines.ts'

/** The engines as homes have chosen them, beside those of the cloud's configuration. */
export type HomeEngines = {
  readonly aiEngines: AiEngines
  readonly choices: HomeChoices
  readonly dialogue: Dialogue
}

export const createHomeEngines = (
  deps: Pick<CloudDeps, 'clock' | 'log' | 'parts'> & {
    readonly store: Pick<Store, 'aiSettings' | 'retention'>
    readonly engines: Engines
  },
): HomeEngines => {
  const { clock, log, parts, store, engines } = deps
  const { tts, speech, languageModel } = engines
  const aiEngines = createAiEngines({ clock, log, cloud: { tts, speech, ...(languageModel && { languageModel }) } })
  const servers = createSpeechServers({ clock })
  parts.add('speech servers of homes', servers.close)
  const { aiSettings, retention } = store
  const choices = createHomeChoices({ aiSettings, retention, servers, tts, createModel: aiEngines.llm })
  const dialogue = createHomeDialogues({
    standard: engines.dialogue,
    create: engines.createDialogue,
    modelOf: choices.modelOf,
  })
  return { aiEngines, choices, dialogue }
}

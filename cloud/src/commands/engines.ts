import { randomInt } from 'node:crypto'
import { createDialogue } from '../dialogue/create-dialogue.ts'
import type { Dialogue } from '../dialogue/dialogue.ts'
import { StageError, type TextToSpeech } from '../providers/stages.ts'
import { connectLanguageModel } from './language-model.ts'
import type { CloudDeps } from './start-cloud.ts'

/** What understands and speaks: the speech service, the dialogue and its language model. */
export type Engines = {
  readonly speechAddress: string
  readonly tts: TextToSpeech
  readonly dialogue: Dialogue
  /** One phrase for the status page. */
  readonly languageModel: string
  readonly speechStatus: () => Promise<{ readonly ready: boolean; readonly detail: string }>
  /** Waits for the speech service; a slow start is logged and does not keep the cloud from starting. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>
}

const random = () => randomInt(2 ** 32) / 2 ** 32

const noVoice: TextToSpeech = {
  // biome-ignore lint/correctness/useYield: there is nothing to yield
  synthesize: async function* () {
    throw new StageError('tts', 'unavailable', 'no speech service is connected')
  },
}

export const startEngines = async (deps: CloudDeps, _signal: AbortSignal): Promise<Engines> => {
  const { clock, log, config } = deps
  const { languageModel, described } = await connectLanguageModel(deps)
  return {
    speechAddress: config.speech_address === 'local' ? '127.0.0.1:1' : config.speech_address,
    tts: noVoice,
    dialogue: createDialogue({ clock, log, random, ...(languageModel && { languageModel }) }),
    languageModel: described,
    speechStatus: async () => ({ ready: false, detail: 'not connected' }),
    untilReady: async () => {},
  }
}

export const startSpeechAlone = async (_deps: CloudDeps, _signal: AbortSignal): Promise<{ speech_address: string }> => {
  throw new Error('no speech service is installed')
}

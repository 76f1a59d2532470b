import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createOpenAiCompatible } from '../../providers/llm/openai-compatible.ts'
import type { LanguageModel, SpeechToText, TextToSpeech } from '../../providers/stages.ts'
import { createRivaSpeechToText } from '../../providers/stt/riva.ts'
import { createRivaTextToSpeech } from '../../providers/tts/riva.ts'
import type { LlmChoice, SpeechChoice } from '../../store/ai-settings-store.ts'

/** The engines of the cloud's own configuration. */
export type CloudEngines = {
  readonly languageModel?: LanguageModel
  readonly tts: TextToSpeech
  /** Where the speech service listens. */
  readonly speech: { readonly address: string; readonly tls: boolean; readonly token?: string }
}

export type Opened<T> = { readonly engine: T; readonly close: () => void }

export type AiEngines = {
  /** Undefined: no language model. */
  readonly llm: (choice: LlmChoice) => LanguageModel | undefined
  readonly tts: (choice: SpeechChoice) => Opened<TextToSpeech>
  readonly stt: (choice: SpeechChoice) => Opened<SpeechToText>
}

/** Engines by the choices of a home. */
export const createAiEngines = (deps: {
  readonly clock: Clock
  readonly log: Log
  readonly cloud: CloudEngines
}): AiEngines => {
  const { clock, log, cloud } = deps
  const addressOf = (choice: SpeechChoice) =>
    choice.type === 'cloud'
      ? cloud.speech
      : { address: choice.address, tls: choice.tls, ...(choice.token !== undefined && { token: choice.token }) }
  return {
    llm: (choice) => {
      if (choice.type === 'none') return undefined
      if (choice.type === 'cloud') return cloud.languageModel
      const { url, model, apiKey } = choice
      return createOpenAiCompatible({ clock, log, url, model, ...(apiKey !== undefined && { apiKey }) })
    },
    tts: (choice) => {
      if (choice.type === 'cloud') return { engine: cloud.tts, close: () => {} }
      const engine = createRivaTextToSpeech({ clock, ...addressOf(choice) })
      return { engine, close: engine.close }
    },
    stt: (choice) => {
      const engine = createRivaSpeechToText({ clock, ...addressOf(choice) })
      return { engine, close: engine.close }
    },
  }
}

import { personaFor } from '@mynah/shared/dialogue/persona-for.ts'
import type { HomeSpeech } from '../bridge/audio-plane.ts'
import type { TurnAsked, TurnChoice } from '../bridge/session/ports.ts'
import type { HomeModel } from '../dialogue/home-dialogues.ts'
import type { SpeechServers } from '../providers/speech-servers.ts'
import type { LanguageModel, TextToSpeech } from '../providers/stages.ts'
import type { AiSettings, AiSettingsStore, LlmChoice, SpeechChoice } from '../store/ai-settings-store.ts'
import type { RetentionStore } from '../store/retention-store.ts'

/** What homes have chosen, in the form in which turns and announcements use it. Read anew each time: a change counts at once. */
export type HomeChoices = {
  /** For one turn; fast and synchronous, because it lies between a wake and its acknowledgement. */
  readonly forTurn: (turn: TurnAsked) => TurnChoice
  /** Undefined: the cloud's own. */
  readonly modelOf: (homeId: string) => HomeModel | undefined
  /** The voice of a home for what is spoken outside of a stream; the cloud's where none was chosen. */
  readonly voiceOf: (homeId: string | undefined) => TextToSpeech
}

export type HomeChoicesDeps = {
  readonly aiSettings: Pick<AiSettingsStore, 'get'>
  readonly retention: Pick<RetentionStore, 'keepsSound'>
  readonly servers: SpeechServers
  readonly tts: TextToSpeech
  /** Undefined: no language model. */
  readonly createModel: (choice: LlmChoice) => LanguageModel | undefined
}

const serverOf = (choice: SpeechChoice) => {
  if (choice.type === 'cloud') return undefined
  const { address, tls, token } = choice
  return { address, tls, ...(token !== undefined && { token }) }
}

export const homeSpeechOf = (settings: Pick<AiSettings, 'stt' | 'tts'>): HomeSpeech | undefined => {
  const stt = serverOf(settings.stt)
  const tts = serverOf(settings.tts)
  return stt || tts ? { ...(stt && { stt }), ...(tts && { tts }) } : undefined
}

const answering = ({ name, prompt, language, voice }: AiSettings['personas'][number]) => ({
  name,
  prompt,
  ...(language !== null && { language }),
  ...(voice !== null && { voice }),
})

export const createHomeChoices = (deps: HomeChoicesDeps): HomeChoices => {
  const { aiSettings, retention, servers, tts, createModel } = deps
  const models = new Map<string, HomeModel>()
  const ownVoices = new Map<string, TextToSpeech>()

  /** Which server it is, is decided when it speaks: an announcement may wait to be fetched. */
  const ownVoiceOf = (homeId: string): TextToSpeech => ({
    async *synthesize(request, signal) {
      const server = homeSpeechOf(aiSettings.get(homeId).settings)?.tts
      const leased = server && servers.lease(server)
      try {
        yield* (leased?.tts ?? tts).synthesize(request, signal)
      } finally {
        leased?.release()
      }
    },
  })
  return {
    forTurn: ({ homeId, deviceId, wakeWord, persona: chosen }) => {
      const { settings } = aiSettings.get(homeId)
      const speech = homeSpeechOf(settings)
      const { personas } = settings
      // A persona that is gone meanwhile is nobody's choice any more.
      const persona = personas.find(({ name }) => name === chosen) ?? personaFor(personas, wakeWord)
      const keepsSound = retention.keepsSound({ deviceId, homeId })
      return {
        ...(speech && { speech }),
        ...(persona && { persona: answering(persona) }),
        ...(keepsSound && { keepsSound }),
      }
    },
    modelOf: (homeId) => {
      const { version, settings } = aiSettings.get(homeId)
      if (settings.llm.type === 'cloud') return undefined
      const key = `${homeId} ${version}`
      const known = models.get(homeId)
      if (known?.key === key) return known
      const languageModel = createModel(settings.llm)
      const model = { key, ...(languageModel && { languageModel }) }
      models.set(homeId, model)
      return model
    },
    voiceOf: (homeId) => {
      if (homeId === undefined) return tts
      const voice = ownVoices.get(homeId) ?? ownVoiceOf(homeId)
      ownVoices.set(homeId, voice)
      return voice
    },
  }
}

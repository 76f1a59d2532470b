import type { AiSettingsChange, AiSettingsView, aiSettingsEndpoints } from '@mynah/shared/api/ai-settings.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type ProviderStage, providerStages } from '../../homes/stage-outcome.ts'
import type { AiSettings, LlmChoice, SpeechChoice } from '../../store/ai-settings-store.ts'
import type { Store } from '../../store/open-store.ts'
import { type Actions, done, type NamesOf, refused } from '../action.ts'
import type { AiEngines } from './ai-engines.ts'
import { tryLanguageModel, tryRecogniser, tryVoice } from './trial.ts'

export type AiDeps = {
  readonly clock: Clock
  readonly store: Pick<Store, 'aiSettings' | 'audit' | 'configs' | 'atOnce'>
  readonly engines: AiEngines
  /** A home has changed its choice of these engines. */
  readonly onChosen: (homeId: string, stages: readonly ProviderStage[]) => void
}

type LlmChange = NonNullable<AiSettingsChange['llm']>
type SpeechChange = NonNullable<AiSettingsChange['stt']>

/** A secret that is left out stays with the server it was given for; it is never sent to another one. */
const keptSecret = (given: string | null | undefined, stored: string | undefined, isSameServer: boolean) => {
  if (given !== undefined) return given ?? undefined
  return isSameServer ? stored : undefined
}

const llmOf = (change: LlmChange | undefined, stored: LlmChoice): LlmChoice => {
  if (!change) return stored
  if (change.type !== 'openai') return change
  const { url, model, api_key } = change
  const before = stored.type === 'openai' ? stored : undefined
  const apiKey = keptSecret(api_key, before?.apiKey, before?.url === url)
  return { type: 'openai', url, model, ...(apiKey !== undefined && { apiKey }) }
}

const speechOf = (change: SpeechChange | undefined, stored: SpeechChoice): SpeechChoice => {
  if (!change) return stored
  if (change.type !== 'riva') return change
  const before = stored.type === 'riva' ? stored : undefined
  const isSame = before?.address === change.address && before.tls === change.tls
  const token = keptSecret(change.token, before?.token, isSame)
  return { type: 'riva', address: change.address, tls: change.tls, ...(token !== undefined && { token }) }
}

const shownSpeech = (choice: SpeechChoice): AiSettingsView['stt'] =>
  choice.type === 'cloud'
    ? choice
    : { type: 'riva', address: choice.address, tls: choice.tls, has_token: choice.token !== undefined }

const shownLlm = (choice: LlmChoice): AiSettingsView['llm'] =>
  choice.type === 'openai'
    ? { type: 'openai', url: choice.url, model: choice.model, has_api_key: choice.apiKey !== undefined }
    : choice

/** Providers and personas of a home. */
export const aiActions = ({
  clock,
  store,
  engines,
  onChosen,
}: AiDeps): Actions<NamesOf<typeof aiSettingsEndpoints>> => {
  const { aiSettings, audit } = store
  const viewOf = (homeId: string) => {
    const { version, updatedAt, settings } = aiSettings.get(homeId)
    const { llm, stt, tts, personas } = settings
    const view: AiSettingsView = {
      home_id: homeId,
      version,
      updated_at: updatedAt,
      llm: shownLlm(llm),
      stt: shownSpeech(stt),
      tts: shownSpeech(tts),
      personas,
      heard_wake_words: [...store.configs.wakeWordsOf(homeId)],
    }
    return done(view, { version })
  }
  const changed = (
    change: Pick<AiSettingsChange, 'llm' | 'stt' | 'tts' | 'personas'>,
    stored: AiSettings,
  ): AiSettings => ({
    llm: llmOf(change.llm, stored.llm),
    stt: speechOf(change.stt, stored.stt),
    tts: speechOf(change.tts, stored.tts),
    personas: change.personas ?? stored.personas,
  })
  return {
    getAiSettings: ({ homeId }) => viewOf(homeId),
    setAiSettings: ({ homeId, body, ifMatch, principal }) => {
      // Looked at and written in one transaction: another process may change the same home at this moment.
      const { stored, version, chosenAt } = store.atOnce(() => {
        const before = aiSettings.get(homeId)
        const isOlder = ifMatch !== undefined && ifMatch !== before.version
        return { ...before, stored: isOlder ? undefined : aiSettings.set(homeId, changed(body, before.settings)) }
      })
      if (!stored) {
        const detail = `The settings were changed meanwhile: version ${version} is there, not ${ifMatch}.`
        return refused('version_conflict', detail, { current_version: version })
      }
      // A form sends all that it shows: who saves a persona has not chosen the engine that fails anew.
      onChosen(
        homeId,
        providerStages.filter((stage) => stored.chosenAt[stage] !== chosenAt[stage]),
      )
      const fields = Object.keys(body).sort().join(' ')
      audit.add({ actor: principal.actor, action: 'ai_changed', target: homeId, homeId, detail: { fields } })
      return viewOf(homeId)
    },
    tryAi: async ({ homeId, body, signal }) => {
      const { stage, text, language, voice, llm, stt, tts } = body
      const stored = aiSettings.get(homeId).settings
      const settings = changed({ ...(llm && { llm }), ...(stt && { stt }), ...(tts && { tts }) }, stored)
      const words = { text, language, ...(voice !== undefined && { voice }) }
      if (stage === 'llm') {
        const model = engines.llm(settings.llm)
        if (!model) return refused('unavailable', 'No language model is connected to this home.')
        return done(await tryLanguageModel(clock, model, words, signal))
      }
      const voiceOf = engines.tts(settings.tts)
      const recogniser = stage === 'stt' ? engines.stt(settings.stt) : undefined
      try {
        if (!recogniser) return done(await tryVoice(clock, voiceOf.engine, words, signal))
        return done(await tryRecogniser(clock, { stt: recogniser.engine, tts: voiceOf.engine }, words, signal))
      } finally {
        voiceOf.close()
        recogniser?.close()
      }
    },
  }
}

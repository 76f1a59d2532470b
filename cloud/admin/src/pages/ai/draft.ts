import type { AiSettingsChange, AiSettingsView, Persona } from '@mynah/shared/api/ai-settings.ts'
import { splitWords } from '../split-words.ts'

export type LlmType = AiSettingsView['llm']['type']
export type SpeechType = AiSettingsView['stt']['type']

/** What a form holds of one provider, whichever is chosen: switching to and fro loses nothing. */
export type LlmDraft = {
  readonly type: LlmType
  readonly url: string
  readonly model: string
  readonly hasSecret: boolean
  readonly secret: string
  readonly forget: boolean
}
export type SpeechDraft = {
  readonly type: SpeechType
  readonly address: string
  readonly tls: boolean
  readonly hasSecret: boolean
  readonly secret: string
  readonly forget: boolean
}
export type PersonaDraft = Omit<Persona, 'wake_words' | 'voice'> & {
  readonly key: number
  readonly wakeWords: string
  readonly voice: string
}
export type AiDraft = {
  readonly llm: LlmDraft
  readonly stt: SpeechDraft
  readonly tts: SpeechDraft
  readonly personas: readonly PersonaDraft[]
}

const noSecret = { secret: '', forget: false }

const speechDraft = (view: AiSettingsView['stt']): SpeechDraft =>
  view.type === 'riva'
    ? { ...noSecret, type: 'riva', address: view.address, tls: view.tls, hasSecret: view.has_token }
    : { ...noSecret, type: 'cloud', address: '', tls: false, hasSecret: false }

export const draftOf = ({ llm, stt, tts, personas }: AiSettingsView): AiDraft => ({
  llm:
    llm.type === 'openai'
      ? { ...noSecret, type: 'openai', url: llm.url, model: llm.model, hasSecret: llm.has_api_key }
      : { ...noSecret, type: llm.type, url: '', model: '', hasSecret: false },
  stt: speechDraft(stt),
  tts: speechDraft(tts),
  personas: personas.map((persona, key) => ({
    ...persona,
    key,
    wakeWords: persona.wake_words.join(', '),
    voice: persona.voice ?? '',
  })),
})

/** A secret left empty keeps the stored one, so it is left out. */
const secretOf = ({ secret, forget }: { readonly secret: string; readonly forget: boolean }) => {
  if (forget) return { value: null }
  return secret === '' ? {} : { value: secret }
}

export const llmChange = (draft: LlmDraft): NonNullable<AiSettingsChange['llm']> => {
  if (draft.type !== 'openai') return { type: draft.type }
  const { value } = secretOf(draft)
  const key = value === undefined ? {} : { api_key: value }
  return { type: 'openai', url: draft.url, model: draft.model, ...key }
}

export const speechChange = (draft: SpeechDraft): NonNullable<AiSettingsChange['stt']> => {
  if (draft.type !== 'riva') return { type: draft.type }
  const { value } = secretOf(draft)
  const token = value === undefined ? {} : { token: value }
  return { type: 'riva', address: draft.address, tls: draft.tls, ...token }
}

export const changeOf = (draft: AiDraft): AiSettingsChange => ({
  llm: llmChange(draft.llm),
  stt: speechChange(draft.stt),
  tts: speechChange(draft.tts),
  personas: draft.personas.map(({ name, prompt, language, wakeWords, voice }) => ({
    name,
    prompt,
    language,
    wake_words: splitWords(wakeWords),
    voice: voice.trim() === '' ? null : voice.trim(),
  })),
})

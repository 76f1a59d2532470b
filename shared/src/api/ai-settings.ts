import * as v from 'valibot'
import { sharedWakeWord } from '../dialogue/persona-for.ts'
import { languageSchema } from '../wire/topics.ts'
import { endpoint } from './endpoint.ts'
import { instantSchema, line, prose } from './fields.ts'

const webUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(500),
  v.url(),
  v.regex(/^https?:\/\/[^/?#@]+([/?#]|$)/, 'an http:// or https:// URL without a user name'),
)
const serverAddress = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(260),
  v.regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'host:port'),
)
/** Write-only: never in a reply. Left out: the stored one stays. Null: it is forgotten. */
const writeOnlySecret = v.optional(v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))))

/** `cloud`: what the cloud's own configuration names. */
const cloudChoice = v.strictObject({ type: v.literal('cloud') })
const llmView = v.variant('type', [
  cloudChoice,
  v.strictObject({ type: v.literal('none') }),
  v.strictObject({ type: v.literal('openai'), url: webUrl, model: line(200), has_api_key: v.boolean() }),
])
const speechView = v.variant('type', [
  cloudChoice,
  v.strictObject({ type: v.literal('riva'), address: serverAddress, tls: v.boolean(), has_token: v.boolean() }),
])
const llmChange = v.variant('type', [
  cloudChoice,
  v.strictObject({ type: v.literal('none') }),
  v.strictObject({ type: v.literal('openai'), url: webUrl, model: line(200), api_key: writeOnlySecret }),
])
const speechChange = v.variant('type', [
  cloudChoice,
  v.strictObject({ type: v.literal('riva'), address: serverAddress, tls: v.boolean(), token: writeOnlySecret }),
])

/** Who answers. `wake_words`: which words call this persona; the first persona answers to all others. */
const personaSchema = v.strictObject({
  name: line(50),
  wake_words: v.pipe(v.array(line(50)), v.maxLength(10)),
  prompt: prose(4_000),
  language: v.nullable(languageSchema),
  voice: v.nullable(line(100)),
})
export type Persona = v.InferOutput<typeof personaSchema>
const personas = v.pipe(
  v.array(personaSchema),
  v.maxLength(10),
  v.check((list) => sharedWakeWord(list) === undefined, 'a wake word leads to one persona'),
)

export const aiSettingsSchema = v.object({
  home_id: v.string(),
  /** Counts changes; 0 while nothing was set. */
  version: v.number(),
  updated_at: v.nullable(instantSchema),
  llm: llmView,
  stt: speechView,
  tts: speechView,
  personas: v.array(personaSchema),
  /** For which wake words the home's speakers listen, as far as the cloud knows: as configured, or as they begin. */
  heard_wake_words: v.array(v.string()),
})
export type AiSettingsView = v.InferOutput<typeof aiSettingsSchema>

export const aiSettingsChangeSchema = v.strictObject({
  llm: v.optional(llmChange),
  stt: v.optional(speechChange),
  tts: v.optional(speechChange),
  personas: v.optional(personas),
})
export type AiSettingsChange = v.InferOutput<typeof aiSettingsChangeSchema>

const trialSchema = v.object({
  ok: v.boolean(),
  /** Until the first token, sound or partial; null when none came. */
  first_ms: v.nullable(v.number()),
  total_ms: v.number(),
  /** What the model answered or the recogniser understood. */
  text: v.nullable(v.string()),
  /** What the voice said: WAV, base64. */
  wav_base64: v.nullable(v.string()),
  error: v.nullable(v.object({ code: v.string(), message: v.string() })),
})
export type TrialView = v.InferOutput<typeof trialSchema>

const admin = { type: 'of_home', atLeast: 'admin', by: 'home_id' } as const

/** Which engines a home uses and who speaks. */
export const aiSettingsEndpoints = {
  getAiSettings: endpoint('/api/homes/{home_id}/ai', {
    method: 'GET',
    access: { type: 'of_home', atLeast: 'member', by: 'home_id' },
    scope: 'homes:read',
    status: 200,
    summary: 'Providers and personas of a home; secrets are never sent back',
    reply: aiSettingsSchema,
  }),
  /** `If-Match` with the version refuses a change that was made on an older one. */
  setAiSettings: endpoint('/api/homes/{home_id}/ai', {
    method: 'PUT',
    access: admin,
    scope: 'homes:write',
    status: 200,
    summary: 'Change providers and personas; a part left out stays',
    body: aiSettingsChangeSchema,
    reply: aiSettingsSchema,
  }),
  /** Runs the stored settings of the stage, or `llm` / `tts` / `stt` of the body before they are stored. `stt` hears what the voice says. */
  tryAi: endpoint('/api/homes/{home_id}/ai/try', {
    method: 'POST',
    access: admin,
    scope: 'homes:write',
    status: 200,
    summary: 'Run one provider: how long it takes and what it gives',
    body: v.strictObject({
      stage: v.picklist(['llm', 'stt', 'tts']),
      text: v.pipe(prose(300), v.minLength(1)),
      language: languageSchema,
      llm: v.optional(llmChange),
      stt: v.optional(speechChange),
      tts: v.optional(speechChange),
      voice: v.optional(line(100)),
    }),
    reply: trialSchema,
  }),
}

import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { languageSchema } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, instantColumn, jsonColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'

const speechChoice = v.variant('type', [
  v.object({ type: v.literal('cloud') }),
  v.object({ type: v.literal('riva'), address: v.string(), tls: v.boolean(), token: v.optional(v.string()) }),
])
const llmChoice = v.variant('type', [
  v.object({ type: v.literal('cloud') }),
  v.object({ type: v.literal('none') }),
  v.object({ type: v.literal('openai'), url: v.string(), model: v.string(), apiKey: v.optional(v.string()) }),
])
const settingsSchema = v.object({
  llm: llmChoice,
  stt: speechChoice,
  tts: speechChoice,
  personas: v.array(
    v.object({
      name: v.string(),
      wake_words: v.array(v.string()),
      prompt: v.string(),
      language: v.nullable(languageSchema),
      voice: v.nullable(v.string()),
    }),
  ),
})
const stages = ['llm', 'stt', 'tts'] as const
const chosenAtSchema = v.object({
  llm: v.nullable(instantColumn),
  stt: v.nullable(instantColumn),
  tts: v.nullable(instantColumn),
})
/** Rows of before this was kept have no `chosenAt`. */
const settingsText = jsonColumn(v.object({ ...settingsSchema.entries, chosenAt: v.optional(chosenAtSchema) }))

/** Engines and personas of a home, with their secrets: sealed as a whole, because a persona may be private too. */
export type AiSettings = v.InferOutput<typeof settingsSchema>
export type LlmChoice = AiSettings['llm']
export type SpeechChoice = AiSettings['stt']
export type StoredAiSettings = {
  readonly version: number
  readonly updatedAt: string | null
  /** When the engine of a stage became what it is; null: it was never chosen. */
  readonly chosenAt: v.InferOutput<typeof chosenAtSchema>
  readonly settings: AiSettings
}

const row = v.object({ version: v.number(), updated_at: instantColumn, settings_sealed: blobColumn })
export const defaultAiSettings: AiSettings = {
  llm: { type: 'cloud' },
  stt: { type: 'cloud' },
  tts: { type: 'cloud' },
  personas: [],
}
const neverChosen = { llm: null, stt: null, tts: null }

export type AiSettingsStore = {
  readonly get: (homeId: string) => StoredAiSettings
  readonly set: (homeId: string, settings: AiSettings) => StoredAiSettings
}

/** Whatever order the fields of two choices have. */
const isSame = (one: LlmChoice | SpeechChoice, other: LlmChoice | SpeechChoice) => isDeepStrictEqual(one, other)

const place = (homeId: string) => `ai_settings.settings_sealed/${homeId}`

export const createAiSettingsStore = (deps: {
  readonly db: Database.Database
  readonly sealer: Sealer
  readonly clock: Clock
}): AiSettingsStore => {
  const { db, sealer, clock } = deps
  const find = db.prepare<[string]>('SELECT version, updated_at, settings_sealed FROM ai_settings WHERE home_id = ?')
  const save = db.prepare(`
    INSERT INTO ai_settings (home_id, version, updated_at, settings_sealed) VALUES (?, 1, ?, ?)
    ON CONFLICT (home_id) DO UPDATE SET version = version + 1, updated_at = excluded.updated_at, settings_sealed = excluded.settings_sealed`)
  const get = (homeId: string): StoredAiSettings => {
    const raw = find.get(homeId)
    if (raw === undefined) return { version: 0, updatedAt: null, chosenAt: neverChosen, settings: defaultAiSettings }
    const { version, updated_at, settings_sealed } = readRow(row, raw, 'ai_settings')
    const text = sealer.openText(settings_sealed, place(homeId))
    const { chosenAt, ...settings } = readRow(settingsText, text, 'ai_settings')
    const whole = { llm: updated_at, stt: updated_at, tts: updated_at }
    return { version, updatedAt: updated_at, chosenAt: chosenAt ?? whole, settings }
  }
  return {
    get,
    set: (homeId, settings) => {
      const before = get(homeId)
      const now = clock.wallTime().toISOString()
      const chosenAt = { ...before.chosenAt }
      for (const stage of stages) if (!isSame(settings[stage], before.settings[stage])) chosenAt[stage] = now
      save.run(homeId, now, sealer.sealText(JSON.stringify({ ...settings, chosenAt }), place(homeId)))
      return get(homeId)
    },
  }
}

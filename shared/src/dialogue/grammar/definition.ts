import type { Language } from '../../wire/topics.ts'
import type { Intent } from './intent.ts'
import type { SlotValue } from './slot-value.ts'
import type { WordUnit } from './template.ts'

export type SlotType = {
  /** Which words can fill the slot, in the template language. */
  readonly template: string
  /** What those words mean; undefined for words that are grammatical and still mean nothing ("seventy past nine"). */
  readonly parse: (words: readonly string[]) => SlotValue | undefined
}

export type IntentTemplates = {
  readonly intent: Intent
  readonly templates: readonly string[]
  /** Sentences that must be understood as this intent; the tests say each of them. */
  readonly examples: readonly string[]
}

/** The commands of one language. Earlier intents win where two could match. */
export type GrammarDefinition = {
  readonly language: Language
  readonly unit: WordUnit
  readonly rules: Readonly<Record<string, string>>
  readonly slotTypes: Readonly<Record<string, SlotType>>
  readonly intents: readonly IntentTemplates[]
  /** What may stand before any command: a wake word, courtesies. */
  readonly opening: string
  /** What may stand after any command. */
  readonly closing: string
  /** Text as typed or recognised -> words of the grammar. Total: any text gives words, perhaps none. */
  readonly wordsOf: (text: string) => readonly string[]
}

/** Joins words of a slot back into text that can be shown and spoken; Latin words inside Chinese keep their spaces. */
export const joinWords = (words: readonly string[], unit: WordUnit): string =>
  unit === 'spaced' ? words.join(' ') : words.join(' ').replace(/(?<=\p{Script=Han}) | (?=\p{Script=Han})/gu, '')

import type { Language } from '../../wire/topics.ts'
import { type GrammarDefinition, joinWords } from './definition.ts'
import { type GeneratedSentence, generateSentence } from './generate.ts'
import { buildGraph, parseGrammar } from './graph.ts'
import type { Intent } from './intent.ts'
import { toJsgf } from './jsgf.ts'
import type { CommandCompleteness } from './match.ts'
import { createCompleteness, matchWords, maxWords } from './match.ts'
import type { Slots, SlotValue } from './slot-value.ts'
import { english } from './templates.en.ts'
import { chinese } from './templates.zh.ts'

export type Understood = { readonly intent: Intent; readonly slots: Slots }

/** The commands of one language, compiled. */
export type Grammar = {
  readonly language: Language
  /** What the text asks for; undefined when it is no command. Total: any text. */
  readonly understand: (text: string) => Understood | undefined
  readonly completenessOf: (partialText: string) => CommandCompleteness
  readonly jsgf: string
  /** A random sentence of the grammar; with `typed` also what only typed text can say. */
  readonly generate: (choices: { random: () => number; typed: boolean }, only?: Intent) => GeneratedSentence
  /** Text as the words the grammar sees. */
  readonly wordsOf: (text: string) => readonly string[]
  readonly textOf: (words: readonly string[]) => string
}

const longestText = 2_000

const compileGrammar = (definition: GrammarDefinition): Grammar => {
  const parsed = parseGrammar(definition)
  const graph = buildGraph(parsed)
  const wordsOf = (text: string) => definition.wordsOf(text.slice(0, longestText))
  const completeness = createCompleteness(graph)
  completeness([])

  const readSlots = (spans: readonly { name: string; slotType: string; words: readonly string[] }[]) => {
    const slots: Record<string, SlotValue> = {}
    for (const span of spans) {
      const value = definition.slotTypes[span.slotType]?.parse(span.words)
      if (!value) return undefined
      slots[span.name] = value
    }
    return slots
  }

  return {
    language: definition.language,
    understand: (text) => {
      const match = matchWords(graph, wordsOf(text))
      const intent = match && definition.intents[match.intentIndex]?.intent
      const slots = match && readSlots(match.spans)
      return intent && slots ? { intent, slots } : undefined
    },
    completenessOf: (partialText) => (partialText.length > maxWords * 20 ? 'none' : completeness(wordsOf(partialText))),
    jsgf: toJsgf(parsed),
    generate: (choices, only) => generateSentence(parsed, choices, only),
    wordsOf,
    textOf: (words) => joinWords(words, definition.unit),
  }
}

const definitions: Readonly<Record<Language, GrammarDefinition>> = { en: english, zh: chinese }
const compiled = new Map<Language, Grammar>()

/** The grammar of a language; compiled on first use (some tens of milliseconds) and kept. */
export const grammarFor = (language: Language): Grammar => {
  const known = compiled.get(language)
  if (known) return known
  const grammar = compileGrammar(definitions[language])
  compiled.set(language, grammar)
  return grammar
}

/** The grammar of a language with these intents alone, compiled anew by each call: for who can do less and should hear better. */
export const grammarOnly = (language: Language, wanted: ReadonlySet<Intent>): Grammar => {
  const definition = definitions[language]
  return compileGrammar({ ...definition, intents: definition.intents.filter(({ intent }) => wanted.has(intent)) })
}

/** The definition behind a grammar: its templates with their examples. */
export const definitionFor = (language: Language): GrammarDefinition => definitions[language]

import type { Language } from '../../wire/topics.ts'
import { jsgfWords, mapJsgfWords, tokenizeJsgf } from './jsgf.ts'

/** A grammar made fit for one decoder: only words that it can say. */
export type PreparedGrammar = {
  readonly jsgf: string
  /** Words that have no pronunciation; phrases that need them cannot be recognised. */
  readonly missingWords: readonly string[]
}

export type Vocabulary = {
  readonly has: (word: string) => boolean
  /** Adds the word from a list of pronunciations kept beside the dictionary; false when it is not listed. */
  readonly learn: (word: string) => boolean
}

/** JSGF's name for what cannot be said: a phrase with it drops out, its neighbours stay. */
const unspeakable = '<VOID>'

const longestWord = 8

/** Cuts a run of characters into dictionary words, the longest first; undefined for a character that no word begins. */
const segment = (text: string, vocabulary: Vocabulary): readonly string[] | undefined => {
  const characters = Array.from(text)
  const words: string[] = []
  let at = 0
  while (at < characters.length) {
    let length = Math.min(longestWord, characters.length - at)
    while (length > 0 && !vocabulary.has(characters.slice(at, at + length).join(''))) length--
    if (length === 0) return undefined
    words.push(characters.slice(at, at + length).join(''))
    at += length
  }
  return words
}

const spoken = (word: string, language: Language, vocabulary: Vocabulary): readonly string[] | undefined => {
  if (vocabulary.has(word) || vocabulary.learn(word)) return [word]
  if (language === 'zh') return segment(word, vocabulary)
  const parts = word.split(/[-_]/).filter((part) => part !== '')
  return parts.length > 1 && parts.every((part) => vocabulary.has(part) || vocabulary.learn(part)) ? parts : undefined
}

/**
 * Puts the words into the dictionary's spelling (lower case; hanzi cut into dictionary words) and takes out what cannot be said,
 * since one unknown word makes the engine refuse the whole grammar.
 */
export const prepareGrammar = (jsgf: string, language: Language, vocabulary: Vocabulary): PreparedGrammar => {
  const tokens = tokenizeJsgf(jsgf)
  const spellings = new Map<string, string>()
  const missingWords: string[] = []
  for (const word of jsgfWords(tokens)) {
    const words = spoken(word.toLowerCase(), language, vocabulary)
    if (!words) missingWords.push(word)
    const spelling = words ? words.join(' ') : unspeakable
    // Brackets keep `*` and `+` behind a word valid for all of its parts.
    spellings.set(word, words && words.length > 1 ? `(${spelling})` : spelling)
  }
  return { jsgf: mapJsgfWords(tokens, (word) => spellings.get(word) ?? unspeakable), missingWords }
}

/** The recognised words as the language writes them. */
export const writtenText = (words: string, language: Language): string =>
  language === 'zh' ? words.replace(/(?<=[^\x20-\x7e]) +(?=[^\x20-\x7e])/g, '') : words

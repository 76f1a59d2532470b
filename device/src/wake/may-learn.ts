import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { builtInWords } from '@mynah/shared/wire/built-in-words.ts'
import type { OwnWord } from './own-word.ts'
import { maxOwnWords } from './own-words-file.ts'

type NotToLearn = { readonly code: 'built_in_word' | 'too_many_words'; readonly message: string }

/** Whether a word of this name can be added to those that are known; one that is known is recorded anew. */
export const mayLearn = (word: string, known: readonly OwnWord[]): Result<void, NotToLearn> => {
  if (builtInWords.has(word)) {
    return refuse({ code: 'built_in_word', message: `"${word}" is a built-in word already: choose it in the panel.` })
  }
  if (known.length < maxOwnWords || known.some((other) => other.word === word)) return ok(undefined)
  const names = known.map((other) => other.word).join(', ')
  return refuse({
    code: 'too_many_words',
    message: `${maxOwnWords} words are kept at most (${names}): forget one first.`,
  })
}

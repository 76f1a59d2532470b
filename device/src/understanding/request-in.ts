import { requestStart } from '@mynah/shared/speech/request-start.ts'
import { builtInWords } from '@mynah/shared/wire/built-in-words.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { Said } from './understanding.ts'

/**
 * The sound of the request alone where the recogniser cannot hear the wake word: it would take the word for the beginning of the
 * nearest command it knows. Its English grammar begins with the words that come with a speaker, and is best left to find their end.
 */
export const requestIn = ({ samples, wake }: Extract<Said, { type: 'sound' }>, language: Language): Int16Array => {
  if (!wake || (language === 'en' && builtInWords.has(wake.word))) return samples
  return samples.subarray(requestStart(samples, wake.decidedMs))
}

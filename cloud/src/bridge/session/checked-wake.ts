import { builtInWords } from '@mynah/shared/wire/built-in-words.ts'
import type { FromDeviceMessage, Language } from '@mynah/shared/wire/topics.ts'
import type { OpenStream } from '../audio-plane.ts'

/** Of the built-in words the ones that a recogniser can be asked about. */
const checkedWords: ReadonlySet<string> = new Set(['hey_jarvis'])

/** What the recogniser checks a second time, or passes over where it cannot say it: a word of the owner's own may be in any language. */
export const checkedWakeOf = (wake: FromDeviceMessage<'wake'>, language: Language): Pick<OpenStream, 'wake'> => {
  const { trigger, wake_word: word, pre_roll_ms: preRoll } = wake
  if (word === undefined || (trigger !== 'wake_word' && trigger !== 'barge_in')) return {}
  const preRollMs = Math.round(preRoll)
  const text = builtInWords.get(word)
  if (text === undefined) return { wake: { preRollMs } }
  // The pre-roll of a barge-in also holds the reply that was interrupted: nothing can be checked in it, but it can be passed over.
  const isHeard = language === 'en' && (trigger === 'barge_in' || !checkedWords.has(word))
  return isHeard ? {} : { wake: { text, preRollMs } }
}

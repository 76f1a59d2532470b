import type { FromDeviceMessage, Language } from '@mynah/shared/wire/topics.ts'
import type { OpenStream } from '../audio-plane.ts'

/** Wake words that a recogniser can be asked about, as they are spoken. A word of the owner's own may be in any language. */
const checkedWords: ReadonlyMap<string, string> = new Map([['hey_jarvis', 'hey jarvis']])
/** All that come with a speaker are English. */
const englishWords: ReadonlyMap<string, string> = new Map([
  ...checkedWords,
  ['alexa', 'alexa'],
  ['hey_mycroft', 'hey mycroft'],
  ['hey_rhasspy', 'hey rhasspy'],
])

/** The word in front of the request; undefined where there is none, or none that is known. */
const spokenWordOf = ({ trigger, wake_word: word }: FromDeviceMessage<'wake'>, language: Language) => {
  if (word === undefined) return undefined
  // The pre-roll of a barge-in also holds the reply that was interrupted: nothing can be checked in it, but it can be passed over.
  if (language !== 'en') return trigger === 'wake_word' || trigger === 'barge_in' ? englishWords.get(word) : undefined
  return trigger === 'wake_word' ? checkedWords.get(word) : undefined
}

/** What the recogniser checks a second time, or passes over where its language cannot say it. */
export const checkedWakeOf = (wake: FromDeviceMessage<'wake'>, language: Language): Pick<OpenStream, 'wake'> => {
  const text = spokenWordOf(wake, language)
  return text === undefined ? {} : { wake: { text, preRollMs: Math.round(wake.pre_roll_ms) } }
}

import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { OpenStream } from '../audio-plane.ts'

/** Wake words that a recogniser can be asked about, as they are spoken. A word of the owner's own may be in any language. */
const spokenWords: ReadonlyMap<string, string> = new Map([['hey_jarvis', 'hey jarvis']])

/**
 * What the recogniser checks a second time; nothing where the word is not known, or where the pre-roll also holds the reply that was
 * interrupted.
 */
export const checkedWakeOf = (wake: FromDeviceMessage<'wake'>): Pick<OpenStream, 'wake'> => {
  const text =
    wake.trigger === 'wake_word' && wake.wake_word !== undefined ? spokenWords.get(wake.wake_word) : undefined
  return text === undefined ? {} : { wake: { text, preRollMs: Math.round(wake.pre_roll_ms) } }
}

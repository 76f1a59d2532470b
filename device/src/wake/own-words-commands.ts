import { ok, type Result } from '@mynah/shared/result.ts'
import type { Microphone } from '../audio/ports.ts'
import { mayLearn } from './may-learn.ts'
import { openOwnWordEars } from './own-word-ears.ts'
import type { OwnWordsFile } from './own-words-file.ts'
import { recordOwnWord } from './record-own-word.ts'

type Say = (sentence: string) => void

/** A running speaker reads its words when it starts and with each new configuration. */
const inForceWhen = 'The speaker knows of it as soon as it is started again.'

/** Records, checks and keeps a word; the refusal says what to do. */
export const enrolOwnWord = async (
  deps: { readonly file: OwnWordsFile; readonly microphone: Microphone; readonly say: Say },
  word: string,
  signal: AbortSignal,
): Promise<Result<void, { readonly message: string }>> => {
  const { file, say } = deps
  const allowed = mayLearn(word, await file.read())
  if (!allowed.ok) return allowed
  const ears = await openOwnWordEars()
  try {
    const recorded = await recordOwnWord({ ...deps, ...ears }, word, signal)
    if (!recorded.ok) return recorded
    await file.add(recorded.value)
    say(`"${word}" is learned, for this voice. ${inForceWhen}`)
    return ok(undefined)
  } finally {
    await ears.close()
  }
}

export const listWords = async (file: OwnWordsFile, say: Say): Promise<void> => {
  const words = await file.read()
  say(words.length === 0 ? 'No words of your own.' : words.map(({ word }) => word).join('\n'))
}

export const forgetWord = async (file: OwnWordsFile, word: string, say: Say): Promise<void> => {
  const known = await file.forget(word)
  say(known ? `"${word}" is deleted. ${inForceWhen}` : `There is no word "${word}" here.`)
}

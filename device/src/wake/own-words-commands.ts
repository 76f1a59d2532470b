import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Microphone } from '../audio/ports.ts'
import { createSileroVad } from '../vad/silero.ts'
import { type createOwnWordsFile, maxOwnWords } from './own-words-file.ts'
import { recordOwnWord } from './record-own-word.ts'
import { createSpeechEmbedder } from './speech-embedding.ts'
import { builtInWords } from './word-head.ts'

type OwnWordsFile = ReturnType<typeof createOwnWordsFile>
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
  if (builtInWords.includes(word)) {
    return refuse({ message: `"${word}" is a built-in word already: choose it in the panel.` })
  }
  const known = await file.read()
  if (known.length >= maxOwnWords && !known.some((other) => other.word === word)) {
    const names = known.map((other) => other.word).join(', ')
    return refuse({ message: `${maxOwnWords} words are kept at most (${names}): forget one first.` })
  }
  const [voiceActivity, embedder] = await Promise.all([createSileroVad(), createSpeechEmbedder()])
  try {
    const recorded = await recordOwnWord({ ...deps, voiceActivity, embedder }, word, signal)
    if (!recorded.ok) return recorded
    await file.add(recorded.value)
    say(`"${word}" is learned, for this voice. ${inForceWhen}`)
    return ok(undefined)
  } finally {
    await Promise.all([voiceActivity.close(), embedder.close()])
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

import { writtenText } from '@mynah/shared/speech/pocketsphinx/grammar.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { RecogniserSession } from '../recogniser.ts'
import type { GuardedDecoder } from './guarded-decoder.ts'
import type { SphinxLimits } from './limits.ts'
import { createRecording } from './recording.ts'

type DictationDeps = {
  readonly language: Language
  readonly limits: SphinxLimits
  readonly openVocabulary: GuardedDecoder
}

/** One utterance of any words, by the open vocabulary. */
export const openDictation = async ({
  language,
  limits,
  openVocabulary,
}: DictationDeps): Promise<RecogniserSession> => {
  const recording = createRecording(limits.maxUtteranceMs)
  const textOf = (text: string | undefined) => writtenText(text ?? '', language)
  await openVocabulary.run((decoder) => decoder.start())
  return {
    feed: async (samples) => {
      recording.add(samples)
      await openVocabulary.run((decoder) => decoder.feed(samples))
      return textOf(await openVocabulary.run((decoder) => decoder.hypothesis()))
    },
    finish: async () => ({ text: textOf((await openVocabulary.run((decoder) => decoder.end())).text) }),
    close: openVocabulary.giveBack,
  }
}

import type { Grammar } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Decoder } from '@mynah/shared/speech/pocketsphinx/decoder.ts'
import { compileFsg } from '@mynah/shared/speech/pocketsphinx/fsg.ts'
import { prepareGrammar, writtenText } from '@mynah/shared/speech/pocketsphinx/grammar.ts'
import { findEnglishModel, findMandarinModel, type SphinxModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { englishPronunciations } from '@mynah/shared/speech/pocketsphinx/pronunciations.ts'
import { canJudge, featuresOf, judge } from '@mynah/shared/speech/pocketsphinx/rejection.ts'
import { grammarSettings, phoneLoopSettings } from '@mynah/shared/speech/pocketsphinx/settings.ts'
import { createSpanTracker } from '@mynah/shared/speech/pocketsphinx/speech-span.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'

/** Hears commands of one grammar in whole utterances. */
export type Ear = {
  readonly engine: string
  /** The sentence of the grammar that was said; empty when none was, or nothing. Samples at 16 kHz. */
  readonly hear: (samples: Int16Array) => Promise<string>
  readonly close: () => Promise<void>
}

export type EarDeps = {
  readonly language: Language
  readonly grammar: Grammar
  /** Folder of the Mandarin model, which no distribution packages. */
  readonly zhModelDir?: string
}

export type EarFailure = { readonly code: 'library_missing' | 'model_missing'; readonly message: string }

const modelFor = ({ language, zhModelDir }: EarDeps): SphinxModel | undefined => {
  if (language === 'en') return findEnglishModel()
  return zhModelDir === undefined ? undefined : findMandarinModel(zhModelDir)
}

const modelHint: Record<Language, string> = {
  en: 'no English model: apt-get install pocketsphinx-en-us',
  zh: 'no Mandarin model: set MYNAH_POCKETSPHINX_ZH to its folder',
}

/** Pocketsphinx comes in only here, by name: `koffi` is an optional package and the library may not be installed. */
const bind = async () => {
  try {
    const { bindSphinx } = await import('@mynah/shared/speech/pocketsphinx/binding.ts')
    const { openDecoder } = await import('@mynah/shared/speech/pocketsphinx/decoder.ts')
    return ok({ binding: bindSphinx(), openDecoder })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return refuse({ code: 'library_missing', message: why } as const)
  }
}

const compiledInto = async (decoder: Decoder, { grammar, language }: EarDeps): Promise<void> => {
  const pronunciations: Readonly<Record<string, string>> = language === 'en' ? englishPronunciations : {}
  const prepared = prepareGrammar(grammar.jsgf, language, {
    has: (word) => decoder.lookUpWord(word) !== undefined,
    learn: (word) => {
      const phones = pronunciations[word]
      return phones !== undefined && decoder.addWord(word, phones)
    },
  })
  const fsg = compileFsg(prepared.jsgf)
  await decoder.select('commands', {
    type: 'grammar',
    jsgf: prepared.jsgf,
    ...(fsg.ok ? { fsg: fsg.value.text } : {}),
  })
}

/** Loads two decoders: one bound to the grammar, and one of any sounds that says whether it was a command at all. */
export const openSphinxEar = async (deps: EarDeps): Promise<Result<Ear, EarFailure>> => {
  const bound = await bind()
  if (!bound.ok) return bound
  const { binding, openDecoder } = bound.value
  const model = modelFor(deps)
  if (!model) return refuse({ code: 'model_missing', message: modelHint[deps.language] })
  const commands = await openDecoder(binding, grammarSettings(model), 1)
  await compiledInto(commands, deps)
  const phones = canJudge(deps.language, model) ? await openDecoder(binding, phoneLoopSettings(model), 1) : undefined
  await phones?.select('phones', { type: 'phone_loop', path: model.phoneModelFile })

  const speechIn = (samples: Int16Array): Int16Array | undefined => {
    const tracker = createSpanTracker()
    tracker.add(samples)
    const span = tracker.span()
    return span && samples.subarray(span.startSample, span.endSample)
  }
  return ok({
    engine: `pocketsphinx-${binding.api}`,
    hear: async (samples) => {
      const speech = speechIn(samples)
      if (!speech) return ''
      const [grammar, loop] = await Promise.all([commands.decodeWhole(speech), phones?.decodeWhole(speech)])
      if (!grammar) return ''
      const isOther =
        loop && judge(deps.language, featuresOf({ grammar: grammar.segments, loop: loop.segments })).outOfGrammar
      return isOther ? '' : writtenText(grammar.text, deps.language)
    },
    close: async () => {
      await Promise.all([commands.close(), phones?.close()])
    },
  })
}

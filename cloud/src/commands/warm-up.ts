import { createResampler } from '@mynah/shared/audio/resample.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { withTimeLimit } from '@mynah/shared/streams/time-limit.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import { type SpeechToText, StageError, type TextToSpeech } from '../providers/stages.ts'

const sentences: Readonly<Record<Language, string>> = { en: 'what time is it', zh: '现在几点' }
const recogniserRateHz = 16_000
const limitMs = 15_000

export type WarmUpDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly stt: SpeechToText
  readonly tts: TextToSpeech
  readonly jsgfFor: (language: Language) => string
}

/** The sentence in our own voice, with the silence before and after it that a person leaves. */
async function* spoken(deps: WarmUpDeps, language: Language, signal: AbortSignal): AsyncIterable<Int16Array> {
  const silence = new Int16Array(recogniserRateHz / 2)
  yield silence
  let resampler: ReturnType<typeof createResampler> | undefined
  for await (const { samples, sampleRateHz } of deps.tts.synthesize({ text: sentences[language], language }, signal)) {
    resampler ??= createResampler({ fromHz: sampleRateHz, toHz: recogniserRateHz })
    yield resampler.push(samples)
  }
  yield resampler?.flush() ?? new Int16Array(0)
  yield silence
}

const warmLanguage = async (deps: WarmUpDeps, language: Language, signal: AbortSignal): Promise<void> => {
  const request = { language, sampleRateHz: recogniserRateHz, jsgf: deps.jsgfFor(language) } as const
  try {
    for await (const { final, text } of deps.stt.transcribe(spoken(deps, language, signal), request, signal)) {
      if (final) deps.log.info('the speech service is warm', { language, understoodItself: text !== '' })
    }
  } catch (error) {
    // No engine for a language is a choice of the owner; its turns say so when there are any.
    if (error instanceof StageError) deps.log.info('a language has no speech engine', { language, code: error.code })
    else throw error
  }
}

/**
 * Says one sentence per language to the recogniser before anybody else does: models, grammars and caches are loaded by it, and not
 * by the first person who speaks. Returns when done, or after fifteen seconds at the latest.
 */
export const warmUpSpeech = async (deps: WarmUpDeps, signal: AbortSignal): Promise<void> => {
  const warm = (within: AbortSignal) =>
    Promise.all(languageSchema.options.map((language) => warmLanguage(deps, language, within)))
  await withTimeLimit({ clock: deps.clock, limitMs }, warm, signal)
}

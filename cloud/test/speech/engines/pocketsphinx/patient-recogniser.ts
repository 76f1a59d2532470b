import { silentLog } from '@mynah/shared/log/log.ts'
import { bindSphinx } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { findEnglishModel, findMandarinModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { englishPronunciations } from '@mynah/shared/speech/pocketsphinx/pronunciations.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { loadFliteVoice } from '../../../../src/speech/engines/flite/library.ts'
import { defaultSphinxLimits } from '../../../../src/speech/engines/pocketsphinx/limits.ts'
import {
  createSphinxRecogniser,
  type SphinxRecogniserDeps,
} from '../../../../src/speech/engines/pocketsphinx/recogniser.ts'
import type { Recogniser } from '../../../../src/speech/engines/recogniser.ts'

/** How much sound a test feeds at once: 60 ms at 16 kHz. */
export const pieceSamples = 960

/** The real recogniser, warm, whose judgement is waited for however busy the machine is. */
const startWith = async (speaks: Pick<SphinxRecogniserDeps, 'language' | 'model' | 'pronunciations'>) => {
  const recogniser = createSphinxRecogniser({
    ...speaks,
    binding: bindSphinx(),
    clock: systemClock,
    log: silentLog,
    limits: { ...defaultSphinxLimits, maxWaitMs: 20_000, rejectionBudgetMs: 20_000, openTextBudgetMs: 20_000 },
  })
  await recogniser.warm()
  return recogniser
}

export const startPatientRecogniser = async (): Promise<Recogniser> => {
  const model = findEnglishModel()
  if (!model) throw new Error('pocketsphinx-en-us is not installed: npm test installs it')
  return startWith({ language: 'en', model, pronunciations: englishPronunciations })
}

export const startPatientMandarinRecogniser = async (modelDir: string): Promise<Recogniser> => {
  const model = findMandarinModel(modelDir)
  if (!model) throw new Error(`no Mandarin model in ${modelDir}`)
  return startWith({ language: 'zh', model, pronunciations: {} })
}

/** 16 kHz mono. */
export const sayWith = async (voiceName: string, text: string): Promise<Int16Array> => {
  const voice = loadFliteVoice(voiceName)
  if (!voice) throw new Error(`the voice ${voiceName} is not installed: npm test installs it`)
  return (await voice.say(text)).samples
}

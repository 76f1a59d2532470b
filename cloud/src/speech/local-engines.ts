import type { Log } from '@mynah/shared/log/log.ts'
import { bindSphinx } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { findEnglishModel, findMandarinModel, type SphinxModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { englishPronunciations } from '@mynah/shared/speech/pocketsphinx/pronunciations.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createEspeakSynthesiser } from './engines/espeak/synthesiser.ts'
import { loadFliteVoice } from './engines/flite/library.ts'
import { createFliteSynthesiser } from './engines/flite/synthesiser.ts'
import { defaultSphinxLimits } from './engines/pocketsphinx/limits.ts'
import { createSphinxRecogniser } from './engines/pocketsphinx/recogniser.ts'
import type { Recogniser } from './engines/recogniser.ts'
import { loadSherpaAddon } from './engines/sherpa/addon.ts'
import { findSherpaEngines } from './engines/sherpa/installed-engines.ts'
import type { Synthesiser } from './engines/synthesiser.ts'
import { cacheSpeech } from './voice/cache.ts'
import { chooseSynthesiser } from './voice/choice.ts'

export type LocalEngineDeps = {
  readonly clock: Clock
  readonly log: Log
  /** Folder of the Mandarin model; without it no Chinese is recognised. */
  readonly zhModelDir?: string
  /** Folder that `npm run models` filled; what lies there is preferred to what Debian installs. */
  readonly modelsDir?: string
}

export type LocalEngines = { readonly recognisers: readonly Recogniser[]; readonly synthesiser: Synthesiser }

const fliteVoice = 'cmu_us_slt'
const maxSherpaStreams = 8
const speechCache = { maxBytes: 24 * 1024 * 1024, maxTextLength: 160 }

const sphinxRecognisers = (deps: LocalEngineDeps): readonly Recogniser[] => {
  const { clock, log } = deps
  const models: (readonly ['en' | 'zh', SphinxModel | undefined])[] = [
    ['en', findEnglishModel()],
    ['zh', deps.zhModelDir === undefined ? undefined : findMandarinModel(deps.zhModelDir)],
  ]
  if (deps.zhModelDir !== undefined && !models[1]?.[1]) {
    log.warn('no Mandarin model in this folder', { folder: deps.zhModelDir, needed: 'zh-sc/ and mandarin_notone.dic' })
  }
  try {
    const binding = bindSphinx()
    return models.flatMap(([language, model]) =>
      model
        ? [
            createSphinxRecogniser({
              binding,
              clock,
              log,
              language,
              model,
              pronunciations: language === 'en' ? englishPronunciations : {},
              limits: defaultSphinxLimits,
            }),
          ]
        : [],
    )
  } catch (error) {
    log.warn('pocketsphinx is not installed', { error })
    return []
  }
}

const findSherpa = async ({ log, modelsDir }: LocalEngineDeps) =>
  modelsDir === undefined
    ? { recognisers: [], synthesisers: [] }
    : findSherpaEngines({ log, modelsDir, loadAddon: loadSherpaAddon, maxStreams: maxSherpaStreams })

/** The engines that this machine has, models not yet loaded; what is missing is logged and left out. */
export const findLocalEngines = async (deps: LocalEngineDeps): Promise<LocalEngines> => {
  const { log } = deps
  const sherpa = await findSherpa(deps)
  const flite = loadFliteVoice(fliteVoice)
  if (!flite) log.warn('flite is not installed: English is spoken by espeak-ng', { debianPackage: 'libflite1' })
  const voices = [
    ...sherpa.synthesisers,
    ...(flite ? [createFliteSynthesiser(fliteVoice, flite)] : []),
    createEspeakSynthesiser(),
  ]
  return {
    recognisers: [...sherpa.recognisers, ...sphinxRecognisers(deps)],
    synthesiser: cacheSpeech(chooseSynthesiser(voices, log), speechCache),
  }
}

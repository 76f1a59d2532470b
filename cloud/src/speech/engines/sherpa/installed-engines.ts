import type { Log } from '@mynah/shared/log/log.ts'
import { flawOf, type InstalledModel, installedModels } from '../../models/installed.ts'
import type { Recogniser } from '../recogniser.ts'
import type { Synthesiser } from '../synthesiser.ts'
import type { SherpaAddon } from './addon.ts'
import { createSherpaRecogniser } from './recogniser.ts'
import { createSherpaSynthesiser } from './synthesiser.ts'

export type SherpaEngines = {
  readonly recognisers: readonly Recogniser[]
  readonly synthesisers: readonly Synthesiser[]
}

type SherpaDeps = {
  readonly log: Log
  readonly modelsDir: string
  readonly loadAddon: () => Promise<SherpaAddon | undefined>
  readonly maxStreams: number
}

const engineOf = (addon: SherpaAddon, { entry, dir }: InstalledModel, maxStreams: number): SherpaEngines => {
  const { name, languages, engine } = entry
  return engine.type === 'streaming_zipformer'
    ? {
        recognisers: [createSherpaRecogniser({ addon, name, languages, dir, engine, maxStreams })],
        synthesisers: [],
      }
    : { recognisers: [], synthesisers: [createSherpaSynthesiser({ addon, name, languages, dir, engine })] }
}

/** Engines for the models in the folder. A model whose files are not those that were installed is left out and logged. */
export const findSherpaEngines = async ({
  log,
  modelsDir,
  loadAddon,
  maxStreams,
}: SherpaDeps): Promise<SherpaEngines> => {
  const models = installedModels(modelsDir)
  if (models.length === 0) return { recognisers: [], synthesisers: [] }
  const addon = await loadAddon()
  if (!addon) {
    log.warn('models are installed, but sherpa-onnx-node is not', { modelsDir })
    return { recognisers: [], synthesisers: [] }
  }
  const engines: SherpaEngines[] = []
  for (const model of models) {
    const flaw = await flawOf(model)
    if (flaw === undefined) engines.push(engineOf(addon, model, maxStreams))
    else log.error('a model is damaged and not used: pull it again', { model: model.entry.name, flaw })
  }
  return {
    recognisers: engines.flatMap((engine) => engine.recognisers),
    synthesisers: engines.flatMap((engine) => engine.synthesisers),
  }
}

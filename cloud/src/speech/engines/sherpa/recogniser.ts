import { join } from 'node:path'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { ModelEngine } from '../../models/catalogue.ts'
import type { Recogniser, RecogniserSession } from '../recogniser.ts'
import type { SherpaAddon } from './addon.ts'
import { toFloats } from './samples.ts'

export type SherpaRecogniserDeps = {
  readonly addon: Pick<SherpaAddon, 'OnlineRecognizer'>
  readonly name: string
  readonly languages: readonly Language[]
  readonly dir: string
  readonly engine: Extract<ModelEngine, { type: 'streaming_zipformer' }>
  readonly maxStreams: number
}

const sampleRate = 16_000
/** The network looks ahead: without silence behind it the last word is cut. */
const tailSamples = 0.4 * sampleRate

const configOf = ({ dir, engine }: SherpaRecogniserDeps) => ({
  featConfig: { sampleRate, featureDim: 80 },
  modelConfig: {
    transducer: {
      encoder: join(dir, engine.encoder),
      decoder: join(dir, engine.decoder),
      joiner: join(dir, engine.joiner),
    },
    tokens: join(dir, engine.tokens),
    numThreads: 1,
    provider: 'cpu',
    modelType: 'zipformer',
    debug: 0,
  },
  decodingMethod: 'greedy_search',
  // The device ends the turn.
  enableEndpoint: false,
})

/** English models write capitals, Chinese ones put spaces between hanzi. */
const writtenText = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/(?<=\p{Script=Han})\s+(?=\p{Script=Han})/gu, '')

/**
 * Open-vocabulary streaming recognition by a sherpa-onnx model. A grammar in the request is not needed and not used: the text
 * itself says whether it is a command. The model's files must have been verified: a wrong one ends the process.
 */
export const createSherpaRecogniser = (deps: SherpaRecogniserDeps): Recogniser => {
  type Engine = InstanceType<SherpaAddon['OnlineRecognizer']>
  let engine: Engine | undefined
  let streams = 0
  const load = (): Engine => {
    engine ??= new deps.addon.OnlineRecognizer(configOf(deps))
    return engine
  }
  const openSession = (recogniser: Engine): RecogniserSession => {
    const stream = recogniser.createStream()
    let open = true
    const decodeReady = (): string => {
      while (recogniser.isReady(stream)) recogniser.decode(stream)
      return writtenText(recogniser.getResult(stream).text)
    }
    return {
      feed: async (samples) => {
        stream.acceptWaveform({ samples: toFloats(samples), sampleRate })
        return decodeReady()
      },
      finish: async () => {
        stream.acceptWaveform({ samples: new Float32Array(tailSamples), sampleRate })
        stream.inputFinished()
        return { text: decodeReady() }
      },
      close: async () => {
        if (open) streams--
        open = false
      },
    }
  }
  return {
    name: deps.name,
    languages: deps.languages,
    warm: async () => void load(),
    open: async () => {
      if (streams >= deps.maxStreams) throw new EngineError('busy', `${streams} utterances are recognised already`)
      streams++
      try {
        return openSession(load())
      } catch (cause) {
        streams--
        throw new EngineError('failed', `${deps.name} could not start an utterance`, { cause })
      }
    },
    close: async () => {
      engine = undefined
    },
  }
}

import { join } from 'node:path'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { ModelEngine } from '../../models/catalogue.ts'
import { sliceSpeech } from '../../voice/slices.ts'
import type { Speech, Synthesiser } from '../synthesiser.ts'
import type { SherpaAddon } from './addon.ts'
import { toInt16 } from './samples.ts'

export type SherpaSynthesiserDeps = {
  readonly addon: Pick<SherpaAddon, 'OfflineTts'>
  readonly name: string
  readonly languages: readonly Language[]
  readonly dir: string
  readonly engine: Exclude<ModelEngine, { type: 'streaming_zipformer' }>
}

const modelOf = ({ dir, engine }: SherpaSynthesiserDeps) => {
  const at = (name: string | undefined) => (name === undefined ? '' : join(dir, name))
  if (engine.type === 'matcha') {
    return {
      matcha: {
        acousticModel: at(engine.acousticModel),
        vocoder: at(engine.vocoder),
        lexicon: at(engine.lexicon),
        tokens: at(engine.tokens),
        dictDir: at(engine.dictDir),
      },
    }
  }
  return {
    vits: {
      model: at(engine.model),
      tokens: at(engine.tokens),
      lexicon: at(engine.lexicon),
      dataDir: at(engine.dataDir),
      dictDir: at(engine.dictDir),
    },
  }
}

/** One piece per sentence comes from the engine: a turn's text has few. */
const piecesAhead = 64

/** A neural voice of sherpa-onnx; it hands over each sentence as soon as it is made. The model's files must have been verified. */
export const createSherpaSynthesiser = (deps: SherpaSynthesiserDeps): Synthesiser => {
  type Engine = InstanceType<SherpaAddon['OfflineTts']>
  let engine: Promise<Engine> | undefined
  const load = (): Promise<Engine> => {
    engine ??= deps.addon.OfflineTts.createAsync({
      model: { ...modelOf(deps), numThreads: 1, provider: 'cpu', debug: 0 },
      maxNumSentences: 1,
    })
    // Its files were verified: what fails to load fails for want of memory, and may load later.
    engine.catch(() => {
      engine = undefined
    })
    return engine
  }
  return {
    name: deps.name,
    languages: deps.languages,
    voices: [deps.name],
    speak: async function* ({ text }, signal) {
      if (!/[\p{L}\p{N}]/u.test(text)) throw new EngineError('bad_request', 'the text has nothing to say')
      const voice = await load()
      const sampleRateHz = voice.sampleRate
      const pieces = createChannel<Speech>({ capacity: piecesAhead, overflow: 'refuse' })
      const generated = voice.generateAsync({
        text,
        sid: 0,
        speed: 1,
        enableExternalBuffer: false,
        onProgress: ({ samples }) => pieces.push({ samples: toInt16(samples), sampleRateHz }) && !signal.aborted,
      })
      generated.then(pieces.end, (cause: unknown) =>
        pieces.fail(new EngineError('failed', `${deps.name} could not speak the text`, { cause })),
      )
      for await (const piece of pieces) yield* sliceSpeech(piece, signal)
    },
    close: async () => {
      engine = undefined
    },
  }
}

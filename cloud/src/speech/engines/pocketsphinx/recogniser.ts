import { createHash } from 'node:crypto'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { EngineError, type Recogniser, type RecogniserRequest } from '../recogniser.ts'
import type { SphinxBinding, SphinxSettings } from './binding.ts'
import { type Decoder, openDecoder, type Search } from './decoder.ts'
import { createPool, type Lease, type Pool } from './decoder-pool.ts'
import { type PreparedGrammar, prepareGrammar } from './grammar.ts'
import type { SphinxLimits } from './limits.ts'
import type { SphinxModel } from './model-files.ts'
import { openDictation, openGrammarSession } from './session.ts'

export type SphinxRecogniserDeps = {
  readonly binding: SphinxBinding
  readonly clock: Clock
  readonly log: Log
  readonly language: Language
  readonly model: SphinxModel
  readonly pronunciations: Readonly<Record<string, string>>
  readonly limits: SphinxLimits
}

const grammarsPerDecoder = 8

const settingsOf = (model: SphinxModel): SphinxSettings => ({
  hmm: model.acousticModelDir,
  dict: model.dictionaryFile,
  logfn: '/dev/null',
  loglevel: 'FATAL',
  // Measured on 60 commands with kitchen noise: the engine's own noise removal costs accuracy (ADR 0004).
  remove_noise: 'no',
})

/** Beams of the open pass: it only has to tell speech of the grammar from other speech, and must keep up with the speaker. */
const openSettings: SphinxSettings = {
  fwdflat: 'no',
  bestpath: 'no',
  beam: '1e-40',
  wbeam: '1e-24',
  pbeam: '1e-40',
  maxhmmpf: '3000',
  maxwpf: '10',
  ds: '2',
}

const hashOf = (jsgf: string): string => createHash('sha256').update(jsgf).digest('hex').slice(0, 16)

/** Vocabulary of a decoder, with the listed pronunciations added as they are asked for. */
const vocabularyOf = (decoder: Decoder, pronunciations: Readonly<Record<string, string>>) => ({
  has: (word: string) => decoder.lookUpWord(word) !== undefined,
  learn: (word: string) => {
    const phones = pronunciations[word]
    return phones !== undefined && decoder.addWord(word, phones)
  },
})

const warnOfMissingWords = (deps: SphinxRecogniserDeps, grammar: PreparedGrammar) => {
  if (grammar.missingWords.length === 0) return
  deps.log.warn('the grammar has words without a pronunciation', {
    language: deps.language,
    missing: grammar.missingWords.length,
    words: grammar.missingWords.slice(0, 20),
  })
}

/** Recognition by grammar with one language's model; English without a grammar is open dictation. */
export const createSphinxRecogniser = (deps: SphinxRecogniserDeps): Recogniser => {
  const { clock, limits, model } = deps
  const settings = settingsOf(model)
  const poolOf = (size: number, make: () => Promise<Decoder>): Pool<Decoder> =>
    createPool({
      clock,
      size,
      maxWaiting: limits.maxWaiting,
      maxWaitMs: limits.maxWaitMs,
      make,
      dispose: (decoder) => decoder.close(),
    })
  const decoders = poolOf(limits.decoders, () => openDecoder(deps.binding, settings, grammarsPerDecoder))
  const secondPassDecoders = poolOf(limits.secondPassDecoders, () =>
    openDecoder(deps.binding, settings, grammarsPerDecoder),
  )
  const openSearch: Search | undefined = model.languageModelFile
    ? { type: 'language_model', path: model.languageModelFile }
    : undefined
  const openDecoders = poolOf(openSearch ? limits.openDecoders : 0, async () => {
    const decoder = await openDecoder(deps.binding, { ...settings, ...openSettings }, 1)
    if (openSearch) await decoder.select('open', openSearch)
    return decoder
  })

  const reported = new Set<string>()
  const selectGrammar = async (decoder: Decoder, jsgf: string) => {
    const name = hashOf(jsgf)
    if (await decoder.reselect(name)) return
    // Preparing again for each decoder is on purpose: each has to learn the words of its own dictionary.
    const grammar = prepareGrammar(jsgf, deps.language, vocabularyOf(decoder, deps.pronunciations))
    if (!reported.has(name)) warnOfMissingWords(deps, grammar)
    reported.add(name)
    await decoder.select(name, { type: 'grammar', jsgf: grammar.jsgf })
  }
  const leaseForSecondPass = async (jsgf: string): Promise<Lease<Decoder> | undefined> => {
    const lease = secondPassDecoders.tryLease()
    if (lease) await selectGrammar(lease.value, jsgf)
    return lease
  }
  const withGrammar = async (jsgf: string, signal: AbortSignal) => {
    const lease = await decoders.lease(signal)
    try {
      await selectGrammar(lease.value, jsgf)
      const open = openDecoders.tryLease()
      const leaseSpare = () => leaseForSecondPass(jsgf)
      return await openGrammarSession({ ...deps, lease, leaseSpare, ...(open ? { open } : {}) })
    } catch (error) {
      lease.release(error instanceof EngineError && error.code === 'failed')
      throw error
    }
  }
  const withoutGrammar = async (signal: AbortSignal) => {
    if (!openSearch || limits.openDecoders === 0) {
      throw new EngineError(
        'bad_request',
        `recognition of ${deps.language} needs a grammar (custom_configuration "jsgf")`,
      )
    }
    const lease: Lease<Decoder> = await openDecoders.lease(signal)
    return openDictation({ ...deps, lease })
  }
  return {
    name: `pocketsphinx-${deps.binding.api}`,
    languages: [deps.language],
    open: (request: RecogniserRequest, signal) =>
      request.jsgf === undefined ? withoutGrammar(signal) : withGrammar(request.jsgf, signal),
    warm: async () => {
      await Promise.all([decoders.warm(1), secondPassDecoders.warm(limits.secondPassDecoders), openDecoders.warm(1)])
    },
    close: async () => {
      await Promise.all([decoders.close(), secondPassDecoders.close(), openDecoders.close()])
    },
  }
}

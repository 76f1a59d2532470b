import { createHash } from 'node:crypto'
import type { Log } from '@mynah/shared/log/log.ts'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { SphinxBinding } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { type Decoder, openDecoder } from '@mynah/shared/speech/pocketsphinx/decoder.ts'
import { compileFsg } from '@mynah/shared/speech/pocketsphinx/fsg.ts'
import { type PreparedGrammar, prepareGrammar } from '@mynah/shared/speech/pocketsphinx/grammar.ts'
import type { SphinxModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { canJudge } from '@mynah/shared/speech/pocketsphinx/rejection.ts'
import { grammarSettings, openSettings, phoneLoopSettings } from '@mynah/shared/speech/pocketsphinx/settings.ts'
import { holdsWakeWord, wakeGrammarOf } from '@mynah/shared/speech/pocketsphinx/wake-word.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { SpokenWake } from '../../contract/spoken-wake.ts'
import type { Recogniser } from '../recogniser.ts'
import { createPool, type Lease, type Pool } from './decoder-pool.ts'
import { openDictation } from './dictation-session.ts'
import { openGrammarSession } from './grammar-session.ts'
import { type GuardedDecoder, guardDecoder } from './guarded-decoder.ts'
import type { SphinxLimits } from './limits.ts'
import { pastWake } from './past-wake.ts'
import { createWakeCheck } from './wake-check.ts'

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

const isJsgf = /^\uFEFF?\s*#JSGF\s/

const hashOf = (jsgf: string): string => createHash('sha256').update(jsgf).digest('hex').slice(0, 16)

const vocabularyOf = (decoder: Decoder, pronunciations: Readonly<Record<string, string>>) => ({
  has: (word: string) => decoder.lookUpWord(word) !== undefined,
  learn: (word: string) => {
    const phones = pronunciations[word]
    return phones !== undefined && decoder.addWord(word, phones)
  },
})

type Pools = {
  readonly grammar: Pool<Decoder>
  readonly secondPass: Pool<Decoder>
  readonly phoneLoop: Pool<Decoder>
  readonly openVocabulary: Pool<Decoder>
}

const createPools = ({ binding, clock, language, limits, model }: SphinxRecogniserDeps): Pools => {
  const poolOf = (size: number, make: () => Promise<Decoder>): Pool<Decoder> =>
    createPool({
      clock,
      size,
      maxWaiting: limits.maxWaiting,
      maxWaitMs: limits.maxWaitMs,
      make,
      dispose: (decoder) => decoder.close(),
    })
  const { languageModelFile, phoneModelFile } = model
  const openGrammarDecoder = () => openDecoder(binding, grammarSettings(model), grammarsPerDecoder)
  return {
    grammar: poolOf(limits.decoders, openGrammarDecoder),
    secondPass: poolOf(limits.secondPassDecoders, openGrammarDecoder),
    phoneLoop: poolOf(canJudge(language, model) ? limits.phoneLoops : 0, async () => {
      const decoder = await openDecoder(binding, phoneLoopSettings(model), 1)
      await decoder.select('phones', { type: 'phone_loop', path: phoneModelFile })
      return decoder
    }),
    openVocabulary: poolOf(languageModelFile ? limits.openDecoders : 0, async () => {
      const decoder = await openDecoder(binding, openSettings(model), 1)
      if (languageModelFile) await decoder.select('open', { type: 'language_model', path: languageModelFile })
      return decoder
    }),
  }
}

/** Compiles each grammar once for all decoders; undefined for what only the engine's own compiler can take (recursion, imports). */
const createCompiler = ({ log, language }: SphinxRecogniserDeps) => {
  const compiled = new Map<string, string | undefined>()
  return (jsgf: string): string | undefined => {
    if (compiled.has(jsgf)) return compiled.get(jsgf)
    const fsg = compileFsg(jsgf)
    if (fsg.ok) {
      const { states, transitions } = fsg.value
      log.debug('a grammar was compiled', { language, states, transitions })
    } else
      log.info('a grammar is left to the engine, which decodes it more slowly', { language, reason: fsg.error.code })
    const [oldest] = compiled.keys()
    if (oldest !== undefined && compiled.size >= grammarsPerDecoder) compiled.delete(oldest)
    const text = fsg.ok ? fsg.value.text : undefined
    compiled.set(jsgf, text)
    return text
  }
}

/** Puts grammars into decoders; words without a pronunciation are told once for each grammar. */
const createGrammarSelector = (deps: SphinxRecogniserDeps) => {
  const { log, language, pronunciations } = deps
  const compile = createCompiler(deps)
  const told = new Set<string>()
  const tell = (name: string, { missingWords }: PreparedGrammar) => {
    if (missingWords.length === 0 || told.has(name)) return
    told.add(name)
    const words = missingWords.slice(0, 20)
    log.warn('the grammar has words without a pronunciation', { language, missing: missingWords.length, words })
  }
  return async (decoder: Decoder, jsgf: string): Promise<void> => {
    const name = hashOf(jsgf)
    if (await decoder.reselect(name)) return
    // The engine's parser writes what it does not understand to standard output.
    if (!isJsgf.test(jsgf)) throw new EngineError('bad_request', 'the grammar does not begin with "#JSGF"')
    // Prepared for each decoder, because each learns the words of its own dictionary.
    const grammar = prepareGrammar(jsgf, language, vocabularyOf(decoder, pronunciations))
    tell(name, grammar)
    await decoder.select(name, { type: 'grammar', jsgf: grammar.jsgf, fsg: compile(grammar.jsgf) })
  }
}

const noDecoder = async () => undefined

const guardOf = (lease: Lease<Decoder> | undefined): GuardedDecoder | undefined => lease && guardDecoder(lease)

/** Recognition by grammar with one language's model; a request without a grammar is open dictation where there is a model for it. */
export const createSphinxRecogniser = (deps: SphinxRecogniserDeps): Recogniser => {
  const pools = createPools(deps)
  const selectGrammar = createGrammarSelector(deps)

  const selected = async (second: GuardedDecoder | undefined, jsgf: string): Promise<GuardedDecoder | undefined> => {
    const isSelected = await second?.attempt(async (decoder) => {
      await selectGrammar(decoder, jsgf)
      return true
    })
    if (second && !isSelected) await second.giveBack()
    return isSelected ? second : undefined
  }
  const orWithout = (missing: string) => (error: unknown) => {
    deps.log.warn(missing, { error })
    return undefined
  }
  /** By decoders that are free at once: nobody's request waits for it. */
  const hearWake = async (text: string, samples: Int16Array): Promise<boolean | undefined> => {
    const word = await selected(guardOf(pools.secondPass.tryLease()), wakeGrammarOf(text))
    const loop = guardOf(pools.phoneLoop.tryLease())
    try {
      if (!word || !loop) return undefined
      const heard = await holdsWakeWord(samples, async (part) => {
        const [grammar, phones] = await Promise.all(
          [word, loop].map((each) => each.attempt((decoder) => decoder.decodeWhole(part))),
        )
        return grammar && phones && { grammar, loop: phones }
      })
      deps.log.debug('a wake word was checked', { heard })
      return heard
    } finally {
      await Promise.all([word?.giveBack(), loop?.giveBack()])
    }
  }
  const wakeCheckOf = (text: string, wake: SpokenWake) =>
    createWakeCheck({
      wake,
      hear: (samples) => hearWake(text, samples),
      onFailed: (error) => deps.log.warn('a wake word was not checked', { error }),
    })
  const withGrammar = async ({ jsgf, wake }: { jsgf: string; wake?: SpokenWake | undefined }, signal: AbortSignal) => {
    const lease = await pools.grammar.lease(signal)
    const main = guardDecoder(lease)
    try {
      await selectGrammar(lease.value, jsgf)
      const vocabulary = vocabularyOf(lease.value, deps.pronunciations)
      const canSay = (text: string) => text.split(' ').every((word) => vocabulary.has(word) || vocabulary.learn(word))
      const sayable = wake?.text !== undefined && canSay(wake.text) ? wake.text : undefined
      const leaseFrom = (pool: Pool<Decoder>, missing: string) => async () =>
        guardOf(await pool.lease(signal).catch(orWithout(missing)))
      const leaseSecond = leaseFrom(pools.secondPass, 'an utterance goes without its second pass')
      const session = await openGrammarSession({
        ...deps,
        main,
        // What tells a wake word from what only sounds like it was measured with a loop that knows the order of phones.
        ...(wake && sayable !== undefined && deps.model.phoneModelFile
          ? { wakeCheck: wakeCheckOf(sayable, wake) }
          : {}),
        leaseSpare: () => selected(guardOf(pools.secondPass.tryLease()), jsgf),
        leaseSecond: async () => selected(await leaseSecond(), jsgf),
        leasePhoneLoop:
          pools.phoneLoop.size > 0
            ? leaseFrom(pools.phoneLoop, 'whether an utterance was a command is not judged')
            : noDecoder,
        // One that is busy with an earlier guess of this utterance comes free soon.
        leaseOpen:
          pools.openVocabulary.size > 0
            ? leaseFrom(pools.openVocabulary, 'the words of a rejected utterance are not to be had')
            : noDecoder,
      })
      return wake && sayable === undefined ? pastWake(session, wake) : session
    } catch (error) {
      await main.giveBack()
      throw error
    }
  }
  const withoutGrammar = async (signal: AbortSignal) => {
    if (pools.openVocabulary.size === 0) {
      const needed = `recognition of ${deps.language} needs a grammar (custom_configuration "jsgf")`
      throw new EngineError('bad_request', needed)
    }
    const lease = await pools.openVocabulary.lease(signal)
    return openDictation({ ...deps, openVocabulary: guardDecoder(lease) })
  }
  return {
    name: `pocketsphinx-${deps.binding.api}`,
    languages: [deps.language],
    open: ({ jsgf, wake }, signal) =>
      jsgf === undefined ? withoutGrammar(signal) : withGrammar({ jsgf, wake }, signal),
    warm: async () => {
      await Promise.all([
        pools.grammar.warm(1),
        // Whoever pauses after the wake word has a second pass and the check of the word begin at the same moment.
        pools.secondPass.warm(2),
        pools.phoneLoop.warm(1),
        pools.openVocabulary.warm(1),
      ])
    },
    close: async () => {
      await Promise.all(Object.values(pools).map((pool) => pool.close()))
    },
  }
}

import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { EngineError, type RecogniserSession } from '../recogniser.ts'
import type { Decoder } from './decoder.ts'
import type { Lease } from './decoder-pool.ts'
import { writtenText } from './grammar.ts'
import type { SphinxLimits } from './limits.ts'
import { judge, phonesOf } from './rejection.ts'
import { createSecondPass, type SecondPassDeps } from './second-pass.ts'

type SessionDeps = {
  readonly clock: Clock
  readonly language: Language
  readonly limits: SphinxLimits
  readonly lease: Lease<Decoder>
}

type GrammarSessionDeps = SessionDeps & {
  readonly open?: Lease<Decoder>
  readonly leaseSpare: SecondPassDeps['leaseSpare']
}

const samplesPerMs = 16

/** Runs work on a leased decoder; a failure of the engine itself marks the lease as broken, so that the decoder is not used again. */
const guarded = (lease: Lease<Decoder>) => {
  let broken = false
  return {
    run: async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work
      } catch (error) {
        broken = true
        throw error
      }
    },
    giveBack: async () => {
      try {
        await lease.value.abandon()
      } catch {
        broken = true
      }
      lease.release(broken)
    },
  }
}

const createRecording = (maxUtteranceMs: number) => {
  const pieces: Int16Array[] = []
  let length = 0
  return {
    add: (samples: Int16Array) => {
      length += samples.length
      if (length > maxUtteranceMs * samplesPerMs) {
        throw new EngineError('bad_request', `the utterance is longer than ${maxUtteranceMs} ms`)
      }
      pieces.push(samples)
    },
    all: () => concatSamples(pieces),
    lengthSamples: () => length,
  }
}

/** The open pass runs behind the grammar pass and never holds it up; when it fails there is nothing to compare with. */
const openPass = async (deps: SessionDeps, lease: Lease<Decoder>) => {
  const guard = guarded(lease)
  let failed = false
  const attempt = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await guard.run(work)
    } catch {
      failed = true
      return undefined
    }
  }
  await attempt(lease.value.start())
  const ended = async (): Promise<string | undefined> => {
    const hypothesis = await attempt(lease.value.end())
    return failed ? undefined : (hypothesis?.text ?? '')
  }
  return {
    feed: (samples: Int16Array) => {
      if (!failed) void attempt(lease.value.feed(samples))
    },
    /** The open text, or undefined when it is not there within the budget. */
    finish: async (): Promise<() => Promise<string | undefined>> => {
      const text = ended()
      return () => Promise.race([text, deps.clock.sleep(deps.limits.rejectionBudgetMs).then(() => undefined)])
    },
    giveBack: guard.giveBack,
  }
}

/** One utterance bound to the selected grammar, compared at its end with what an open vocabulary would have heard. */
export const openGrammarSession = async (deps: GrammarSessionDeps): Promise<RecogniserSession> => {
  const { language, lease } = deps
  const decoder = lease.value
  const guard = guarded(lease)
  const recording = createRecording(deps.limits.maxUtteranceMs)
  const open = deps.open ? await openPass(deps, deps.open) : undefined
  const secondPass = createSecondPass({
    leaseSpare: deps.leaseSpare,
    recording: recording.all,
    decodeHere: async (samples) => (await guard.run(decoder.decodeWhole(samples)))?.text ?? '',
  })
  let closing: Promise<void> | undefined
  await guard.run(decoder.start())
  return {
    feed: async (samples) => {
      recording.add(samples)
      open?.feed(samples)
      await guard.run(decoder.feed(samples))
      const hypothesis = await guard.run(decoder.hypothesis())
      secondPass.observe(hypothesis?.text ?? '', recording.lengthSamples())
      return writtenText(hypothesis?.text ?? '', language)
    },
    finish: async () => {
      const openText = await open?.finish()
      await guard.run(decoder.end())
      const words = await secondPass.finish()
      const heard = await openText?.()
      const text = writtenText(words, language)
      if (heard === undefined) return { text }
      const verdict = judge(phonesOf(words, decoder.lookUpWord), phonesOf(heard, decoder.lookUpWord))
      return verdict.outOfGrammar
        ? { text: heard, outOfGrammar: true, confidence: verdict.confidence }
        : { text, outOfGrammar: false, confidence: verdict.confidence }
    },
    close: () => {
      closing ??= Promise.all([guard.giveBack(), open?.giveBack()]).then(() => {})
      return closing
    },
  }
}

/** One utterance of any words. */
export const openDictation = async (deps: SessionDeps): Promise<RecogniserSession> => {
  const { language, lease } = deps
  const decoder = lease.value
  const guard = guarded(lease)
  const recording = createRecording(deps.limits.maxUtteranceMs)
  let closing: Promise<void> | undefined
  const textOf = (hypothesis: { readonly text: string } | undefined) => writtenText(hypothesis?.text ?? '', language)
  await guard.run(decoder.start())
  return {
    feed: async (samples) => {
      recording.add(samples)
      await guard.run(decoder.feed(samples))
      return textOf(await guard.run(decoder.hypothesis()))
    },
    finish: async () => ({ text: textOf(await guard.run(decoder.end())) }),
    close: () => {
      closing ??= guard.giveBack()
      return closing
    },
  }
}

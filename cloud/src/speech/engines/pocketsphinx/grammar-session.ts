import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { RecogniserSession, Recognition } from '../recogniser.ts'
import type { Hypothesis } from './binding.ts'
import type { Decoder } from './decoder.ts'
import { writtenText } from './grammar.ts'
import type { GuardedDecoder } from './guarded-decoder.ts'
import type { SphinxLimits } from './limits.ts'
import { createNoiseFloor } from './noise-floor.ts'
import { createRecording } from './recording.ts'
import { featuresOf, judge, loopPhones, phonesOf } from './rejection.ts'
import { createSecondPass, type SecondPassDeps } from './second-pass.ts'
import { createSpanTracker, type SpeechSpan, sameSpan } from './speech-span.ts'

/** The decoders of one utterance; the main one has the grammar selected. */
export type GrammarDecoders = {
  readonly main: GuardedDecoder
  readonly phoneLoop?: GuardedDecoder
}

type SessionDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly language: Language
  readonly limits: SphinxLimits
  readonly decoders: GrammarDecoders
  readonly leaseSpare: SecondPassDeps['leaseSpare']
  /** As `leaseSpare`, but waits for one. */
  readonly leaseSecond: SecondPassDeps['leaseSpare']
  /** A free decoder of any words, or undefined when all are busy. */
  readonly leaseOpen: () => Promise<GuardedDecoder | undefined>
  readonly lookUpWord: Decoder['lookUpWord']
}

type Scored = Hypothesis & { readonly frames: number }

const scored = async (decoder: Decoder): Promise<Scored | undefined> => {
  const hypothesis = await decoder.hypothesis()
  return hypothesis && { ...hypothesis, frames: decoder.frameCount() }
}
const endScored = async (decoder: Decoder): Promise<Scored | undefined> => {
  const hypothesis = await decoder.end()
  return hypothesis && { ...hypothesis, frames: decoder.frameCount() }
}

/** A pass that runs behind the main one without holding it up. */
const alongside = async (guarded: GuardedDecoder | undefined) => {
  await guarded?.attempt((decoder) => decoder.start())
  return {
    feed: (samples: Int16Array) => void guarded?.attempt((decoder) => decoder.feed(samples)),
    now: async (): Promise<Scored | undefined> => guarded?.attempt(scored),
    end: async (): Promise<Scored | undefined> => guarded?.attempt(endScored),
  }
}

/** Words of any kind for what was rejected: decoded for nothing else, since they cost more than all the other passes together. */
const createOpenWords = (leaseOpen: SessionDeps['leaseOpen'], speechIn: (span: SpeechSpan) => Int16Array) => {
  let begun: { readonly span: SpeechSpan; readonly words: Promise<string> } | undefined
  const decode = async (span: SpeechSpan): Promise<string> => {
    const open = await leaseOpen()
    const heard = await open?.attempt((decoder) => decoder.decodeWhole(speechIn(span)))
    await open?.giveBack()
    return heard?.text ?? ''
  }
  return {
    /** Begins, unless it has for the same speech. */
    of: (span: SpeechSpan): Promise<string> => {
      if (!begun || !sameSpan(begun.span, span)) begun = { span, words: decode(span) }
      return begun.words
    },
  }
}

/** 1.2 s: longer than a wake word or a door. */
const leastSpokenSamples = 1_200 * 16

const within = <T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T | undefined> =>
  Promise.race([work, clock.sleep(limitMs).then(() => undefined)])

/**
 * One utterance bound to the selected grammar: partials from the pass that runs along, the final from a second pass over all of it,
 * judged by what a phone loop heard. What is rejected comes back in the words of the open vocabulary.
 */
export const openGrammarSession = async (deps: SessionDeps): Promise<RecogniserSession> => {
  const { clock, language, limits, decoders } = deps
  const { main } = decoders
  const recording = createRecording(limits.maxUtteranceMs)
  const tracker = createSpanTracker()
  const withFloor = createNoiseFloor()
  const speechIn = ({ startSample, endSample }: SpeechSpan) =>
    concatSamples(recording.pieces()).slice(startSample, endSample)
  const openWords = createOpenWords(deps.leaseOpen, speechIn)
  const loop = await alongside(decoders.phoneLoop)
  const assess = (text: string, first: Scored, heard: Scored) => {
    const features = featuresOf({
      grammar: phonesOf(text, deps.lookUpWord),
      loop: loopPhones(heard.text),
      scoreLead: (heard.score - first.score) / Math.max(1, first.frames),
    })
    return { features, ...judge(features) }
  }
  /** Who asks for something else than a command should not wait for its words: they are begun as soon as it looks so. */
  const foresee = async (ahead: Hypothesis | undefined, span: SpeechSpan): Promise<void> => {
    const [first, heard] = await Promise.all([main.attempt(scored), loop.now()])
    if (first && heard && assess(ahead?.text ?? '', first, heard).outOfGrammar) await openWords.of(span)
  }
  const secondPass = createSecondPass({
    leaseSpare: deps.leaseSpare,
    speechIn,
    decodeAtEnd: async (samples) => {
      const second = await deps.leaseSecond()
      const hypothesis = await second?.attempt((decoder) => decoder.decodeWhole(samples))
      await second?.giveBack()
      return hypothesis
    },
    onAhead: (ahead, span) => {
      foresee(ahead, span).catch((error: unknown) => deps.log.warn('words could not be begun ahead', { error }))
    },
  })
  let lastText = ''
  let closing: Promise<void> | undefined
  await main.run((decoder) => decoder.start())

  const spanSamples = () => {
    const span = tracker.span()
    return span ? span.endSample - span.startSample : 0
  }
  const wholeSpan = () => tracker.span() ?? recording.span()
  /** A search that reached no end of the grammar says nothing; the first pass may have. */
  const bestOf = async (first: Hypothesis | undefined): Promise<Hypothesis | undefined> => {
    const span = tracker.span() ?? (first && recording.span())
    const second = span && (await secondPass.finish(lastText, span))
    return second && second.text !== '' ? second : first
  }
  const reject = async (confidence: number): Promise<Recognition> => {
    const words = await within(clock, limits.openTextBudgetMs, openWords.of(wholeSpan()))
    return { text: writtenText(words ?? '', language), outOfGrammar: true, confidence }
  }
  const finish = async (): Promise<Recognition> => {
    const loopEnd = loop.end()
    const first = await main.run(endScored)
    const best = await bestOf(first)
    const text = best?.text ?? ''
    const heard = await within(clock, limits.rejectionBudgetMs, loopEnd)
    // No sentence of the grammar reaches its end in this, and yet much was said: it is something else.
    if (text === '' && spanSamples() >= leastSpokenSamples) return reject(0)
    if (!heard || !first) return { text: writtenText(text, language) }
    const { features, outOfGrammar, confidence } = assess(text, first, heard)
    deps.log.debug('an utterance was judged', { features, outOfGrammar })
    return outOfGrammar ? reject(confidence) : { text: writtenText(text, language), outOfGrammar, confidence }
  }
  return {
    feed: async (samples) => {
      recording.add(samples)
      tracker.add(samples)
      const floored = withFloor(samples)
      loop.feed(floored)
      await main.run((decoder) => decoder.feed(floored))
      const hypothesis = await main.run((decoder) => decoder.hypothesis())
      lastText = hypothesis?.text ?? ''
      secondPass.observe(lastText, tracker.span(), tracker.silentForMs())
      return writtenText(lastText, language)
    },
    finish,
    close: () => {
      closing ??= Promise.all(Object.values(decoders).map((guarded) => guarded.giveBack())).then(() => {})
      return closing
    },
  }
}

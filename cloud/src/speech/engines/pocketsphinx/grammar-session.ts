import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Decoding } from '@mynah/shared/speech/pocketsphinx/decoder.ts'
import { writtenText } from '@mynah/shared/speech/pocketsphinx/grammar.ts'
import { featuresOf, judge, type Verdict } from '@mynah/shared/speech/pocketsphinx/rejection.ts'
import { createSpanTracker, type SpeechSpan, sameSpan } from '@mynah/shared/speech/pocketsphinx/speech-span.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { RecogniserSession, Recognition } from '../recogniser.ts'
import type { GuardedDecoder } from './guarded-decoder.ts'
import type { SphinxLimits } from './limits.ts'
import { createNoiseFloor } from './noise-floor.ts'
import { createRecording } from './recording.ts'
import { createSecondPass } from './second-pass.ts'
import type { WakeCheck } from './wake-check.ts'

type Lease = () => Promise<GuardedDecoder | undefined>

type SessionDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly language: Language
  readonly limits: SphinxLimits
  /** Hears the stream; has the grammar selected. */
  readonly main: GuardedDecoder
  /**
   * Decoders for whole utterances, with the grammar selected: one that is free now, and one that is waited for. They must never have
   * heard a stream: the library then keeps running means for good, and the advantage of the second pass is gone.
   */
  readonly leaseSpare: Lease
  readonly leaseSecond: Lease
  /** Nothing is rejected when there is none. */
  readonly leasePhoneLoop: Lease
  /** A decoder of any words. */
  readonly leaseOpen: Lease
  readonly wakeCheck?: WakeCheck
}

const decodeWith = async (lease: Lease, samples: Int16Array): Promise<Decoding | undefined> => {
  const leased = await lease()
  const decoding = await leased?.attempt((decoder) => decoder.decodeWhole(samples))
  await leased?.giveBack()
  return decoding
}

/** Words of any kind for what was rejected: decoded for nothing else, since they cost more than all the other passes together. */
const createOpenWords = (leaseOpen: Lease, speechIn: (span: SpeechSpan) => Int16Array) => {
  let begun: { readonly span: SpeechSpan; readonly words: Promise<string> } | undefined
  const decode = async (span: SpeechSpan): Promise<string> => (await decodeWith(leaseOpen, speechIn(span)))?.text ?? ''
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

/** The whole utterance in the grammar, and how sure that is when a phone loop has heard it too. */
type WholePass = { readonly text: string; readonly verdict: Verdict | undefined }

/**
 * One utterance bound to the selected grammar: partials from the pass that runs along, the final from a second pass over all of it,
 * judged by what a phone loop heard. What is rejected comes back in the words of the open vocabulary.
 */
export const openGrammarSession = async (deps: SessionDeps): Promise<RecogniserSession> => {
  const { clock, language, limits, log, main } = deps
  const recording = createRecording(limits.maxUtteranceMs)
  const tracker = createSpanTracker()
  const withFloor = createNoiseFloor()
  const speechIn = ({ startSample, endSample }: SpeechSpan) =>
    concatSamples(recording.pieces()).slice(startSample, endSample)
  const openWords = createOpenWords(deps.leaseOpen, speechIn)

  const assess = (grammar: Decoding, loop: Decoding): Verdict => {
    const features = featuresOf({ grammar: grammar.segments, loop: loop.segments })
    const verdict = judge(language, features)
    log.debug('an utterance was judged', { features, outOfGrammar: verdict.outOfGrammar })
    return verdict
  }
  const decodeWhole = async (lease: Lease, span: SpeechSpan): Promise<WholePass | undefined> => {
    const samples = speechIn(span)
    const loop = decodeWith(deps.leasePhoneLoop, samples)
    const grammar = await decodeWith(lease, samples)
    if (!grammar) return undefined
    const heard = await within(clock, limits.rejectionBudgetMs, loop)
    return { text: grammar.text, verdict: heard && assess(grammar, heard) }
  }
  const secondPass = createSecondPass<WholePass>({
    decodeIfFree: (span) => decodeWhole(deps.leaseSpare, span),
    decodeAtEnd: (span) => decodeWhole(deps.leaseSecond, span),
    // Who asks for something else than a command should not wait for its words: they are begun as soon as it looks so.
    onAhead: ({ verdict }, span) => {
      if (!verdict?.outOfGrammar) return
      openWords.of(span).catch((error: unknown) => log.warn('words could not be begun ahead', { error }))
    },
  })
  let lastText = ''
  let closing: Promise<void> | undefined
  await main.run((decoder) => decoder.start())

  const spokenSamples = () => {
    const span = tracker.span()
    return span ? span.endSample - span.startSample : 0
  }
  const reject = async (confidence: number): Promise<Recognition> => {
    const words = await within(clock, limits.openTextBudgetMs, openWords.of(tracker.span() ?? recording.span()))
    return { text: writtenText(words ?? '', language), outOfGrammar: true, confidence }
  }
  const finish = async (): Promise<Recognition> => {
    const first = await main.run((decoder) => decoder.end())
    const span = tracker.span() ?? (first.text ? recording.span() : undefined)
    const second = span && (await secondPass.finish(lastText, span))
    if (second?.text) {
      const { text, verdict } = second
      return verdict?.outOfGrammar ? reject(verdict.confidence) : { text: writtenText(text, language), ...verdict }
    }
    // No sentence of the grammar reaches its end in this, and yet much was said: it is something else. Of a short sound that says
    // little, and the first pass may have understood it.
    const nothingFits = second !== undefined || first.text === ''
    if (nothingFits && spokenSamples() >= leastSpokenSamples) return reject(0)
    return { text: writtenText(first.text, language) }
  }
  return {
    feed: async (samples) => {
      recording.add(samples)
      tracker.add(samples)
      deps.wakeCheck?.observe({
        lengthMs: recording.span().endSample / 16,
        samples: () => concatSamples(recording.pieces()),
      })
      await main.run((decoder) => decoder.feed(withFloor(samples)))
      lastText = (await main.run((decoder) => decoder.hypothesis())) ?? ''
      secondPass.observe(lastText, tracker.span(), tracker.silentForMs())
      return writtenText(lastText, language)
    },
    finish: async () => (deps.wakeCheck?.isFalseWake() ? { text: '', falseWake: true } : finish()),
    ...(deps.wakeCheck ? { isFalseWake: deps.wakeCheck.isFalseWake } : {}),
    close: () => {
      closing ??= main.giveBack()
      return closing
    },
  }
}

import type { Hypothesis } from './binding.ts'
import type { GuardedDecoder } from './guarded-decoder.ts'
import { type SpeechSpan, sameSpan } from './speech-span.ts'

/**
 * The whole utterance is decoded again at its end, with the means of all of it: in noise that is worth several points. Who waits for
 * an answer should not wait for that too, so it begins as soon as it has been quiet for a moment and the first pass has nothing new
 * to say, while endpointing is still waiting whether more comes. When nothing did, the result is there at the end.
 *
 * Its decoders must never have heard a stream: the library then keeps running means for good, and the advantage is gone.
 */
export type SecondPass = {
  /** After each piece of audio: what the first pass hears by now, where the speech lies, and how long it has been quiet since. */
  readonly observe: (firstPassText: string, span: SpeechSpan | undefined, silentForMs: number) => void
  /** What the utterance was, decoded from the speech in it. */
  readonly finish: (firstPassText: string, span: SpeechSpan) => Promise<Hypothesis | undefined>
}

export type SecondPassDeps = {
  /** A free decoder with the grammar selected, or undefined when all are busy. */
  readonly leaseSpare: () => Promise<GuardedDecoder | undefined>
  /** The audio so far, without what lies outside the span. */
  readonly speechIn: (span: SpeechSpan) => Int16Array
  /** Decodes at the end of the utterance, when no decoder was free before or more was said. */
  readonly decodeAtEnd: (samples: Int16Array) => Promise<Hypothesis | undefined>
  /** A pass that was begun ahead has its result: what follows from it can be prepared too. */
  readonly onAhead: (hypothesis: Hypothesis | undefined, span: SpeechSpan) => void
}

/** Between two words of fluent speech it is mostly less. */
const settledMs = 120

type Outcome = { readonly hypothesis: Hypothesis | undefined }
type Attempt = { readonly text: string; readonly span: SpeechSpan; readonly outcome: Promise<Outcome | undefined> }

export const createSecondPass = (deps: SecondPassDeps): SecondPass => {
  let attempt: Attempt | undefined
  let busy = false

  const fits = (text: string, span: SpeechSpan): boolean =>
    attempt !== undefined && attempt.text === text && sameSpan(attempt.span, span)

  /** Undefined when no decoder was free or the engine failed: the end of the utterance then does without. */
  const decodeAside = async (span: SpeechSpan): Promise<Outcome | undefined> => {
    const speech = deps.speechIn(span)
    const spare = await deps.leaseSpare()
    const outcome = await spare?.attempt(async (decoder) => ({ hypothesis: await decoder.decodeWhole(speech) }))
    await spare?.giveBack()
    if (outcome) deps.onAhead(outcome.hypothesis, span)
    return outcome
  }
  const begin = async (span: SpeechSpan): Promise<Outcome | undefined> => {
    busy = true
    try {
      return await decodeAside(span)
    } catch {
      // A grammar that this decoder refused was refused by the first pass too, which tells.
      return undefined
    } finally {
      busy = false
    }
  }
  return {
    observe: (text, span, silentForMs) => {
      if (busy || text === '' || !span || silentForMs < settledMs || fits(text, span)) return
      attempt = { text, span, outcome: begin(span) }
    },
    finish: async (text, span) => {
      const ahead = fits(text, span) ? await attempt?.outcome : undefined
      return ahead ? ahead.hypothesis : deps.decodeAtEnd(deps.speechIn(span))
    },
  }
}

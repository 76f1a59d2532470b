import { type SpeechSpan, sameSpan } from '@mynah/shared/speech/pocketsphinx/speech-span.ts'

/**
 * The whole utterance is decoded again at its end, with the means of all of it: in noise that is worth several points. Who waits for
 * an answer should not wait for that too, so it begins as soon as it has been quiet for a moment and the first pass has nothing new
 * to say, while endpointing is still waiting whether more comes. When nothing did, the result is there at the end.
 */
export type SecondPass<T> = {
  /** After each piece of audio: what the first pass hears by now, where the speech lies, and how long it has been quiet since. */
  readonly observe: (firstPassText: string, span: SpeechSpan | undefined, silentForMs: number) => void
  /** What the utterance was, decoded from the speech in it; undefined when that failed. */
  readonly finish: (firstPassText: string, span: SpeechSpan) => Promise<T | undefined>
}

export type SecondPassDeps<T> = {
  /** Undefined when no decoder is free now, or it failed: the end of the utterance then decodes. */
  readonly decodeIfFree: (span: SpeechSpan) => Promise<T | undefined>
  /** Waits for a decoder. */
  readonly decodeAtEnd: (span: SpeechSpan) => Promise<T | undefined>
  /** A pass that was begun ahead has its result: what follows from it can be prepared too. */
  readonly onAhead: (result: T, span: SpeechSpan) => void
}

/** Between two words of fluent speech it is mostly less. */
const settledMs = 120

type Attempt<T> = { readonly text: string; readonly span: SpeechSpan; readonly outcome: Promise<T | undefined> }

export const createSecondPass = <T>(deps: SecondPassDeps<T>): SecondPass<T> => {
  let attempt: Attempt<T> | undefined
  let busy = false

  const fits = (text: string, span: SpeechSpan): boolean =>
    attempt !== undefined && attempt.text === text && sameSpan(attempt.span, span)

  const begin = async (span: SpeechSpan): Promise<T | undefined> => {
    busy = true
    try {
      const result = await deps.decodeIfFree(span)
      if (result !== undefined) deps.onAhead(result, span)
      return result
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
      return ahead ?? deps.decodeAtEnd(span)
    },
  }
}

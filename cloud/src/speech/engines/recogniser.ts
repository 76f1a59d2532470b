import type { Language } from '@mynah/shared/wire/topics.ts'
import type { SpokenWake } from '../contract/spoken-wake.ts'

/** What the recognition service asks of an engine. One session is one utterance at 16 kHz. */
export type Recogniser = {
  readonly name: string
  readonly languages: readonly Language[]
  /** Loads what the first request will need. */
  readonly warm: () => Promise<void>
  /** Waits for a free decoder. Throws `EngineError`. */
  readonly open: (request: RecogniserRequest, signal: AbortSignal) => Promise<RecogniserSession>
  readonly close: () => Promise<void>
}

export type RecogniserRequest = {
  readonly language: Language
  readonly jsgf?: string
  readonly wake?: SpokenWake
}

export type Recognition = {
  readonly text: string
  readonly confidence?: number
  readonly outOfGrammar?: boolean
  /** The word that began the stream was not there. */
  readonly falseWake?: boolean
}

export type RecogniserSession = {
  /** Works off the samples and answers the text recognised so far, empty at first. One call at a time. */
  readonly feed: (samples: Int16Array) => Promise<string>
  /** The rest need not be heard: nobody has called. Absent where the engine cannot tell. */
  readonly isFalseWake?: () => boolean
  /** No more audio: the recognition of all of it. Called at most once. */
  readonly finish: () => Promise<Recognition>
  /** Gives the decoder back; safe to call at any time and more than once. */
  readonly close: () => Promise<void>
}

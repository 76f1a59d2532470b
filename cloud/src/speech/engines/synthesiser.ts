import type { Language } from '@mynah/shared/wire/topics.ts'

/** What the synthesis service asks of an engine. */
export type Synthesiser = {
  readonly name: string
  readonly languages: readonly Language[]
  /** Voices a request may name; an unknown one falls back to the engine's own choice. */
  readonly voices: readonly string[]
  /** The voice says the text, in pieces as they are made. Ends quietly when aborted. Throws `EngineError`. */
  readonly speak: (request: SpeakRequest, signal: AbortSignal) => AsyncIterable<Speech>
  readonly close: () => Promise<void>
}

export type SpeakRequest = { readonly text: string; readonly language: Language; readonly voice?: string }

/** Int16 mono PCM. Every piece of one text has the same rate. */
export type Speech = {
  readonly samples: Int16Array
  readonly sampleRateHz: number
  /** By another voice than the one that should speak, which failed. */
  readonly isStandIn?: boolean
}

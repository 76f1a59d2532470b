import type { Language } from '@mynah/shared/wire/topics.ts'
import type { SpokenWake } from '../speech/contract/spoken-wake.ts'

/**
 * The three stages of a turn, as async iterables with an `AbortSignal` last. A stage that fails throws a `StageError`;
 * an aborted one ends its iterable quietly. Every implementation passes the contract suite of its stage.
 */

export type Transcript = {
  readonly text: string
  readonly final: boolean
  /** 0 to 1 when the engine knows. Only on a final. */
  readonly confidence?: number
  /** Set when the engine itself judged that the sound is not one of the grammar's sentences; `text` is then the open recognition. */
  readonly outOfGrammar?: boolean
  /** Only on a final: the wake word that the request names was not in the sound; `text` is empty. */
  readonly falseWake?: boolean
  /** Milliseconds the engine took from the end of its input to this final: engine compute, for the waterfall. */
  readonly computeMs?: number
}

export type SpeechToTextRequest = {
  readonly language: Language
  readonly sampleRateHz: 16_000
  /** JSGF text that replaces the engine's standard command grammar (tests, custom vocabularies). */
  readonly jsgf?: string
  readonly wake?: SpokenWake
}

export type SpeechToText = {
  /** `audio` is Int16 mono PCM in pieces of any length; its end is the end of the utterance. Yields partials, then exactly one final. */
  readonly transcribe: (
    audio: AsyncIterable<Int16Array>,
    request: SpeechToTextRequest,
    signal: AbortSignal,
  ) => AsyncIterable<Transcript>
}

export type SpokenAudio = { readonly samples: Int16Array; readonly sampleRateHz: number }

export type TextToSpeechRequest = { readonly text: string; readonly language: Language; readonly voice?: string }

export type TextToSpeech = {
  /** Yields Int16 mono PCM as it is made, at least one piece for a text with any letter or digit. */
  readonly synthesize: (request: TextToSpeechRequest, signal: AbortSignal) => AsyncIterable<SpokenAudio>
}

export type ChatMessage =
  | { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }
  | { readonly role: 'assistant_tool_calls'; readonly calls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly callId: string; readonly content: string }

export type ToolCall = { readonly callId: string; readonly name: string; readonly argumentsJson: string }

export type ToolDescription = {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
}

export type LanguageModelRequest = {
  readonly messages: readonly ChatMessage[]
  readonly tools: readonly ToolDescription[]
}

export type LanguageModelEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_calls'; readonly calls: readonly ToolCall[] }

export type LanguageModel = {
  readonly reply: (request: LanguageModelRequest, signal: AbortSignal) => AsyncIterable<LanguageModelEvent>
}

export type Stage = 'stt' | 'dialogue' | 'llm' | 'tts'
export type StageErrorCode = 'unavailable' | 'timeout' | 'refused' | 'bad_reply' | 'crashed'

/** A stage could not do its work. The message is safe to log: it never holds what was said or a provider's payload. */
export class StageError extends Error {
  readonly stage: Stage
  readonly code: StageErrorCode
  constructor(stage: Stage, code: StageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StageError'
    this.stage = stage
    this.code = code
  }
}

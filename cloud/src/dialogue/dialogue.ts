import type { CommandCompleteness } from '@mynah/shared/dialogue/grammar/match.ts'
import type { DialogueAction, SpeakerContext } from '@mynah/shared/dialogue/speaker-context.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'

export type TurnId = Pick<DialogueRequest, 'conversationId' | 'sessionId'>

/** Who answers, in the words of the home's owner. */
export type Persona = { readonly name: string; readonly prompt: string }

export type DialogueRequest = {
  /** Empty when nothing was recognised. */
  readonly text: string
  readonly outOfGrammar: boolean
  readonly language: Language
  readonly speaker: SpeakerContext
  readonly homeId?: string
  /** Who answers; absent: Mynah. */
  readonly persona?: Persona
  /** Memory goes on within one conversation: follow-ups share it. */
  readonly conversationId: string
  /** The turn this is the request of, unique within its conversation. */
  readonly sessionId: string
}

/**
 * A reply as it comes into being. `sentence` pieces are whole speakable sentences in the reply's language, the first as early as
 * possible. Exactly one `done` ends it.
 */
export type DialogueEvent =
  | {
      readonly type: 'sentence'
      readonly text: string
      readonly language: Language
      /** Anybody may be told the same: nothing in it is of this home. */
      readonly isCommon?: true
    }
  | { readonly type: 'action'; readonly action: DialogueAction }
  | {
      readonly type: 'done'
      /** `skill:time`, `llm`, `no_llm`, `rejected` ...: what answered. */
      readonly answeredBy: string
      readonly expectsReply: boolean
      readonly toolsCalled: readonly string[]
      readonly llmFirstTokenMs?: number
    }

export type Dialogue = {
  readonly reply: (request: DialogueRequest, signal: AbortSignal) => AsyncIterable<DialogueEvent>
  /** What the local command grammar says of a partial transcript; used by endpointing. Pure and fast (< 1 ms). */
  readonly completenessOf: (partialText: string, language: Language) => CommandCompleteness
  /** The turn was cut off: memory keeps only the part of the reply that was heard. */
  readonly recordHeard: (turn: TurnId, heardReplyText: string) => void
  /** Standing rules for the recogniser of this language: JSGF generated from the same templates. */
  readonly jsgfFor: (language: Language) => string
}

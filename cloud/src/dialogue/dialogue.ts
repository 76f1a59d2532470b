import type { Language, ScheduleChange, ScheduleItem, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'

/** What the dialogue knows of the speaker that asks; a snapshot made when the turn's text is final. */
export type SpeakerContext = {
  readonly deviceId: string
  readonly language: Language
  readonly name?: string
  readonly room?: string
  /** IANA name, such as Europe/Zurich. */
  readonly timeZone: string
  readonly volume: number
  readonly schedule: readonly ScheduleItem[]
}

export type DialogueRequest = {
  /** Empty when nothing was recognised. */
  readonly text: string
  readonly outOfGrammar: boolean
  readonly language: Language
  readonly speaker: SpeakerContext
  /** Memory goes on within one conversation: follow-ups share it. */
  readonly conversationId: string
}

/** What the answer does beside being spoken. */
export type DialogueAction =
  | { readonly type: 'schedule'; readonly change: ScheduleChange }
  | { readonly type: 'command'; readonly command: ToDeviceMessage<'command'>['command'] }

/**
 * A reply as it comes into being. `sentence` pieces are whole speakable sentences in the reply's language, the first as early as
 * possible. Exactly one `done` ends it.
 */
export type DialogueEvent =
  | { readonly type: 'sentence'; readonly text: string; readonly language: Language }
  | { readonly type: 'action'; readonly action: DialogueAction }
  | {
      readonly type: 'done'
      /** `skill:time`, `llm`, `no_llm`, `rejected` ...: what answered. */
      readonly answeredBy: string
      readonly expectsReply: boolean
      readonly toolsCalled: readonly string[]
      readonly llmFirstTokenMs?: number
    }

export type CommandCompleteness = 'none' | 'prefix' | 'may_end' | 'must_end'

export type Dialogue = {
  readonly reply: (request: DialogueRequest, signal: AbortSignal) => AsyncIterable<DialogueEvent>
  /** What the local command grammar says of a partial transcript; used by endpointing. Pure and fast (< 1 ms). */
  readonly completenessOf: (partialText: string, language: Language) => CommandCompleteness
  /** The turn was cut off: memory keeps only the part of the reply that was heard. */
  readonly recordHeard: (conversationId: string, heardReplyText: string) => void
  /** Standing rules for the recogniser of this language: JSGF generated from the same templates. */
  readonly jsgfFor: (language: Language) => string
}

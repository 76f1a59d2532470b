import type { DialogueAction, SpeakerContext } from '@mynah/shared/dialogue/speaker-context.ts'
import type { Result } from '@mynah/shared/result.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'

/** The word that began an utterance: `word` as it is configured, decided `decidedMs` after its first sample. */
export type WakeBefore = { readonly word: string; readonly decidedMs: number }

/** What was said to the speaker while the cloud is away. Samples are 16 kHz mono, the wake word among them. */
export type Said =
  | { readonly type: 'sound'; readonly samples: Int16Array; readonly wake?: WakeBefore }
  | { readonly type: 'text'; readonly text: string }

export type LocalRequest = {
  readonly said: Said
  readonly speaker: SpeakerContext
  /** Wall time at which it was said, epoch milliseconds. */
  readonly nowMs: number
  /** Say first that the cloud is away. */
  readonly tellAway: boolean
}

export type LocalAnswer = {
  /** False when it was no command that is understood here. */
  readonly understood: boolean
  /** What was heard, as text; empty when nothing was made of it. */
  readonly heard: string
  readonly sentences: readonly string[]
  readonly actions: readonly DialogueAction[]
  readonly expectsReply: boolean
  /** The sentences aloud, 24 kHz mono; absent on a machine without a voice. */
  readonly sound?: Int16Array
}

/** What this speaker can do without its cloud: told in its status, because an owner should know before the network fails. */
export type Ability =
  /** Not looked at yet. */
  | { readonly type: 'unknown' }
  | { readonly type: 'commands'; readonly engine: string; readonly voice: string }
  | { readonly type: 'none'; readonly reason: string }

export type UnderstandingFailure = { readonly code: 'missing' | 'crashed' | 'timeout'; readonly message: string }

/** The speaker's own understanding of a few commands. It costs memory, so it is loaded only while the cloud is away. */
export type Understanding = {
  readonly ability: () => Ability
  readonly onAbility: (listener: (ability: Ability) => void) => () => void
  /** The cloud went away or came back; when it stays back, everything is let go. */
  readonly setNeeded: (needed: boolean) => void
  /** Somebody speaks: what is not loaded yet is loaded while they do. */
  readonly prepare: () => void
  /** One at a time. Resolves within a bounded time; `aborted` answers are dropped by the caller. */
  readonly answer: (request: LocalRequest, signal: AbortSignal) => Promise<Result<LocalAnswer, UnderstandingFailure>>
  /** English until told; another language is looked for anew. */
  readonly setLanguage: (language: Language) => void
  /** Looks once whether it could, then keeps to what is needed until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

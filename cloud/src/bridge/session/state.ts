import type { DialogueAction } from '@mynah/shared/dialogue/speaker-context.ts'
import type {
  AudioStats,
  FromDeviceMessage,
  Language,
  ToDeviceKind,
  ToDeviceMessage,
  TurnTimings,
} from '@mynah/shared/wire/topics.ts'
import type { StageErrorCode } from '../../providers/stages.ts'
import type { AudioCommand, AudioEvent } from '../audio-plane.ts'
import type { SpokenSentence } from '../spoken-text.ts'
import type { SessionLimits } from './limits.ts'
import type { TurnFailure, TurnOutcome, TurnTrigger, UplinkStats } from './ports.ts'

export type Sentence = SpokenSentence & {
  readonly sentenceId: number
  readonly language: Language
  /** Anybody may be told the same. */
  readonly isCommon?: true
  /** All of its sound has left. */
  readonly isSent: boolean
}

/** What a turn has gathered so far, in whatever phase it is. */
export type Turn = {
  readonly sessionId: string
  readonly deviceId: string
  readonly language: Language
  readonly voice?: string
  readonly trigger: TurnTrigger
  /** The typed text of a `text` turn. */
  readonly typedText?: string
  readonly followUpMs: number
  readonly limits: SessionLimits
  readonly openedAtMs: number
  /**
   * How the reply travels: `undecided` until the first authenticated datagram shows a path for `stream`; when none comes in time, `url`.
   */
  readonly delivery: 'undecided' | 'stream' | 'url'
  readonly lastPartial: string
  /** Absent until the recogniser's final (or the typed text) is known. */
  readonly heardText?: string
  readonly endOfAudioAtMs?: number
  readonly heardAtMs?: number
  readonly sentences: readonly Sentence[]
  readonly reply: 'not_started' | 'writing' | 'written'
  readonly answeredBy?: string
  readonly toolsCalled: readonly string[]
  readonly expectsReply: boolean
  /** Set when a stage failed; the session then ends as `failed`, after a sentence that says so if the voice works. */
  readonly failure?: TurnFailure
  readonly timings: TurnTimings
  /** Milliseconds of the reply that left the loudspeaker, as the speaker reported them. */
  readonly playedMs: number
  /** The speaker reported the end of the whole reply. */
  readonly playedAll: boolean
  readonly uplinkAudio?: UplinkStats
  /** The audio plane has no stream for this session any more. */
  readonly streamGone: boolean
}

/** The speaker's account of the turn: its `session_end`. */
export type DeviceAccount = {
  readonly reason: TurnOutcome
  readonly timings: TurnTimings
  readonly audio: AudioStats
}

/**
 * A session on the cloud's side, after AVS DialogUXState. `ended` comes exactly once; it waits for the accounts of speaker and audio
 * plane (or its watchdog) before the turn's record is closed.
 */
export type SessionState =
  | { readonly phase: 'listening'; readonly turn: Turn }
  /** The reply is being written; no sound of it has left. */
  | { readonly phase: 'thinking'; readonly turn: Turn }
  | { readonly phase: 'speaking'; readonly turn: Turn; readonly playId: string }
  | { readonly phase: 'expecting'; readonly turn: Turn }
  | {
      readonly phase: 'ended'
      readonly turn: Turn
      readonly outcome: TurnOutcome
      readonly account?: DeviceAccount
      readonly recorded: boolean
    }

export type Watchdog = 'capture' | 'final' | 'reply' | 'voice' | 'address' | 'playback' | 'expecting' | 'account'

/** Everything that can happen to a session; each names its session, and what a speaker sends also that speaker. */
export type SessionEvent =
  | Exclude<AudioEvent, { type: 'sound' }>
  | {
      readonly type: 'sentence'
      readonly sessionId: string
      readonly text: string
      readonly language: Language
      readonly isCommon?: true
    }
  | { readonly type: 'action'; readonly sessionId: string; readonly action: DialogueAction }
  | {
      readonly type: 'reply_done'
      readonly sessionId: string
      readonly answeredBy: string
      readonly expectsReply: boolean
      readonly toolsCalled: readonly string[]
      readonly llmFirstTokenMs?: number
    }
  | {
      readonly type: 'reply_failed'
      readonly sessionId: string
      readonly stage: string
      readonly code: StageErrorCode
    }
  /** The voice has begun; its sound waits to be fetched. */
  | {
      readonly type: 'audio_offered'
      readonly sessionId: string
      readonly url: string
      readonly atMs: number
      readonly ttsFirstAudioMs: number
    }
  | { readonly type: 'audio_refused'; readonly sessionId: string; readonly code: StageErrorCode }
  | {
      readonly type: 'playback'
      readonly sessionId: string
      readonly deviceId: string
      readonly playId: string
      readonly state: FromDeviceMessage<'playback'>['state']
      readonly playedMs: number
      readonly code?: string
    }
  | {
      readonly type: 'session_end'
      readonly sessionId: string
      readonly deviceId: string
      readonly account: DeviceAccount
    }
  /** The same speaker woke again. */
  | { readonly type: 'superseded'; readonly sessionId: string; readonly deviceId: string }
  | { readonly type: 'watchdog'; readonly sessionId: string; readonly watchdog: Watchdog }
  /** The cloud is going down. */
  | { readonly type: 'shutdown'; readonly sessionId: string }

export type Publication = {
  readonly [K in ToDeviceKind]: { readonly kind: K; readonly message: ToDeviceMessage<K> }
}[ToDeviceKind]

/** What the shell does for a session, in this order. */
export type Effect =
  | ({ readonly type: 'publish' } & Publication)
  /** A transcript for the speaker; the shell adds what the command grammar says of it. */
  | { readonly type: 'publish_transcript'; readonly text: string; readonly final: boolean }
  | { readonly type: 'command_audio'; readonly command: AudioCommand }
  | { readonly type: 'start_reply'; readonly text: string; readonly outOfGrammar: boolean }
  | { readonly type: 'abort_reply' }
  | { readonly type: 'act'; readonly action: DialogueAction }
  | { readonly type: 'offer_audio'; readonly text: string; readonly language: Language }
  /** Starts a watchdog, or starts it anew. */
  | { readonly type: 'watch'; readonly watchdog: Watchdog; readonly afterMs: number }
  | { readonly type: 'unwatch'; readonly watchdog: Watchdog }
  /** Tells the dialogue what was heard of a reply that was cut off. */
  | { readonly type: 'record_heard'; readonly text: string }
  /** Closes the turn's record; the session is forgotten afterwards. */
  | { readonly type: 'close_record' }

export type Step = readonly [state: SessionState, effects: readonly Effect[]]

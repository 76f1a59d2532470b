import type { DialogPhase } from '@mynah/shared/wire/topics.ts'
import type { RefusalReason, TurnFailure } from '../runtime/speaker-event.ts'
import type { ReplySource, TimerName } from './dialog-effect.ts'

/** Opens a turn; `newSessionId` is fresh and used only if the turn begins. */
export type OpeningEvent =
  | {
      readonly type: 'wake_word_heard'
      readonly newSessionId: string
      readonly word: string
      readonly score: number
      /** Where in the captured sound the decision fell. */
      readonly atSample: number
      readonly atMs: number
    }
  | { readonly type: 'button_pressed'; readonly newSessionId: string; readonly atMs: number }
  | { readonly type: 'text_typed'; readonly newSessionId: string; readonly text: string; readonly atMs: number }
  /** Speech without a wake word; means something only while a follow-up is expected. */
  | {
      readonly type: 'speech_started'
      readonly newSessionId: string
      readonly sinceSample: number
      readonly atMs: number
    }

/** Belongs to one session and is dropped when that is not the current one. */
export type SessionEvent =
  | {
      readonly type: 'wake_acknowledged'
      readonly sessionId: string
      readonly accepted: boolean
      readonly reason?: RefusalReason
    }
  | {
      readonly type: 'end_of_turn'
      readonly sessionId: string
      readonly outcome: 'speech_ended' | 'no_speech' | 'hard_cap'
    }
  | {
      readonly type: 'session_changed'
      readonly sessionId: string
      readonly phase: Exclude<DialogPhase, 'idle' | 'listening'> | 'ended'
      readonly stopCapture: boolean
      readonly failure?: TurnFailure
    }
  | {
      readonly type: 'play_requested'
      readonly sessionId: string
      readonly playId: string
      readonly source: ReplySource
      readonly expectsReply: boolean
    }
  /** Sound of the reply is here, perhaps ahead of its `play` message. */
  | { readonly type: 'reply_arrived'; readonly sessionId: string }
  | { readonly type: 'playback_finished'; readonly sessionId: string }
  | { readonly type: 'playback_failed'; readonly sessionId: string; readonly failure: TurnFailure }
  | { readonly type: 'link_lost'; readonly sessionId: string }
  /** What the speaker itself made of the turn. `spoken`: there is sound to play. */
  | {
      readonly type: 'answered_locally'
      readonly sessionId: string
      readonly understood: boolean
      readonly spoken: boolean
      readonly expectsReply: boolean
      readonly tellAway: boolean
    }
  | { readonly type: 'failed_locally'; readonly sessionId: string; readonly failure: TurnFailure }
  | { readonly type: 'timer_elapsed'; readonly sessionId: string; readonly timer: TimerName }

export type AmbientEvent =
  | { readonly type: 'link_changed'; readonly link: 'online' | 'offline' }
  | { readonly type: 'local_commands_changed'; readonly available: boolean }
  /** The cloud changed something here: a timer, the volume. */
  | { readonly type: 'cloud_acted' }
  | { readonly type: 'mute_changed'; readonly muted: boolean }
  | { readonly type: 'microphone_changed'; readonly works: boolean; readonly atMs: number }
  | { readonly type: 'follow_up_changed'; readonly followUpMs: number }

export type DialogEvent = OpeningEvent | SessionEvent | AmbientEvent

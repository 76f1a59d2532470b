import type { DialogPhase } from '@mynah/shared/wire/topics.ts'
import type { EarconName, EndReason, PhraseName, TurnFailure } from '../runtime/speaker-event.ts'
import type { Turn } from './dialog-state.ts'

export type TimerName = 'acknowledgement' | 'listening' | 'thinking' | 'settling' | 'follow_up'

/** Sound of this session's own stream, one-time audio under a URL, or what the speaker itself answers. */
export type ReplySource =
  | { readonly type: 'stream' }
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'local' }

/** What the shell has to do, in order. */
export type DialogEffect =
  /** Opens the turn's stream: keys, downlink, probe. */
  | { readonly type: 'open_turn'; readonly turn: Turn; readonly wokenBy: WokenBy }
  | { readonly type: 'start_capture'; readonly sessionId: string }
  /** No more sound goes up; the end of the stream is announced. */
  | { readonly type: 'stop_capture'; readonly sessionId: string }
  | { readonly type: 'play_reply'; readonly sessionId: string; readonly source: ReplySource; readonly playId?: string }
  /** The sound that already plays got its name. */
  | { readonly type: 'name_playback'; readonly sessionId: string; readonly playId: string }
  | { readonly type: 'stop_playback'; readonly sessionId: string }
  | { readonly type: 'earcon'; readonly earcon: EarconName }
  | { readonly type: 'phrase'; readonly phrase: PhraseName }
  | {
      readonly type: 'start_timer'
      readonly timer: TimerName
      readonly sessionId: string
      readonly delayMs: number
    }
  | { readonly type: 'cancel_timer'; readonly timer: TimerName }
  /** The cloud is let go of: its stream closes, what was heard so far is kept for the speaker itself. */
  | { readonly type: 'take_over'; readonly sessionId: string; readonly reason: EndReason }
  /** The speaker understands what was said, does it and answers by `answered_locally` or `failed_locally`. */
  | { readonly type: 'answer_locally'; readonly sessionId: string; readonly tellAway: boolean }
  /** LED, status and listeners. */
  | { readonly type: 'show_phase'; readonly phase: DialogPhase; readonly sessionId?: string }
  /** The turn is over, exactly once for each `open_turn`: closes its stream, reports timings. */
  | {
      readonly type: 'end_turn'
      readonly sessionId: string
      readonly reason: EndReason
      readonly failure?: TurnFailure
    }
  | { readonly type: 'ignore_wake'; readonly reason: 'no_network' | 'already_listening' }

export type WokenBy =
  | {
      readonly type: 'wake_word'
      readonly word: string
      readonly score: number
      readonly atSample: number
      readonly atMs: number
    }
  | { readonly type: 'button'; readonly atMs: number }
  | { readonly type: 'text'; readonly text: string; readonly atMs: number }
  | { readonly type: 'speech'; readonly sinceSample: number; readonly atMs: number }

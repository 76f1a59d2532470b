import { elapsedMs } from '@mynah/shared/time/elapsed.ts'
import type { TurnTimings } from '@mynah/shared/wire/topics.ts'

/** Moments of one turn, all `Clock.now`; what did not happen is absent. */
export type TurnMoments = {
  /** The wake decision, the button, the typed line, or the start of follow-up speech being noticed. */
  readonly wake: number
  readonly firstPacket?: number
  readonly acknowledged?: number
  readonly firstPartial?: number
  /** When the person fell silent, from the media time of the last speech. */
  readonly endOfSpeech?: number
  /** The end-of-stream datagram left. */
  readonly commit?: number
  readonly firstReplySample?: number
  readonly ended?: number
}

/**
 * The hops of a turn in ms, by the names of docs/latency.md: those the speaker measures, and what the cloud said of its engines
 * (`engine`). A name of the speaker's wins.
 */
export const timingsOf = (moments: TurnMoments, engine: TurnTimings): TurnTimings => {
  const measured = {
    wake_to_first_packet: elapsedMs(moments.wake, moments.firstPacket),
    wake_to_ack: elapsedMs(moments.wake, moments.acknowledged),
    first_partial: elapsedMs(moments.wake, moments.firstPartial),
    end_of_speech_to_commit: elapsedMs(moments.endOfSpeech, moments.commit),
    commit_to_first_audio: elapsedMs(moments.commit, moments.firstReplySample),
    end_of_speech_to_first_audio: elapsedMs(moments.endOfSpeech, moments.firstReplySample),
    total: elapsedMs(moments.wake, moments.ended),
  }
  const happened = Object.entries(measured).filter((hop): hop is [string, number] => hop[1] !== undefined)
  return { ...engine, ...Object.fromEntries(happened) }
}

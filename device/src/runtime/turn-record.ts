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

const between = (fromMs: number | undefined, toMs: number | undefined): number | undefined =>
  fromMs === undefined || toMs === undefined ? undefined : Math.round((toMs - fromMs) * 100) / 100

/**
 * The hops of a turn in ms, by the names of docs/latency.md: those the speaker measures, and what the cloud said of its engines
 * (`engine`). A name of the speaker's wins.
 */
export const timingsOf = (moments: TurnMoments, engine: TurnTimings): TurnTimings => {
  const measured = {
    wake_to_first_packet: between(moments.wake, moments.firstPacket),
    wake_to_ack: between(moments.wake, moments.acknowledged),
    first_partial: between(moments.wake, moments.firstPartial),
    end_of_speech_to_commit: between(moments.endOfSpeech, moments.commit),
    commit_to_first_audio: between(moments.commit, moments.firstReplySample),
    end_of_speech_to_first_audio: between(moments.endOfSpeech, moments.firstReplySample),
    total: between(moments.wake, moments.ended),
  }
  const happened = Object.entries(measured).filter((hop): hop is [string, number] => hop[1] !== undefined)
  return { ...engine, ...Object.fromEntries(happened) }
}

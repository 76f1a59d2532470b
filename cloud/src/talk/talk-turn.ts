import { elapsedMs } from '@mynah/shared/time/elapsed.ts'
import type { AudioStats, TurnTimings } from '@mynah/shared/wire/topics.ts'

/** Moments of a turn at a browser as the cloud sees them, all `Clock.now`; what did not happen is absent. */
export type TalkMoments = {
  readonly startMs: number
  readonly acknowledgedMs?: number
  readonly firstPartialMs?: number
  /** The browser said that no more sound comes. */
  readonly commitMs?: number
  /** How long nobody had spoken by then, as the browser measured it. */
  readonly silenceMs?: number
  /** The browser said that its first sound of the reply left. It takes the same way as the commit, so the way cancels out. */
  readonly firstSoundMs?: number
  readonly endMs: number
}

/** The hops that a speaker would report, by the names of docs/latency.md. */
export const talkTimingsOf = (moments: TalkMoments): TurnTimings => {
  const { startMs, commitMs, silenceMs, firstSoundMs } = moments
  const endOfSpeechMs = commitMs === undefined || silenceMs === undefined ? undefined : commitMs - silenceMs
  const measured = {
    wake_to_ack: elapsedMs(startMs, moments.acknowledgedMs),
    first_partial: elapsedMs(startMs, moments.firstPartialMs),
    end_of_speech_to_commit: elapsedMs(endOfSpeechMs, commitMs),
    commit_to_first_audio: elapsedMs(commitMs, firstSoundMs),
    end_of_speech_to_first_audio: elapsedMs(endOfSpeechMs, firstSoundMs),
    total: elapsedMs(startMs, moments.endMs),
  }
  return Object.fromEntries(Object.entries(measured).filter((hop): hop is [string, number] => hop[1] !== undefined))
}

/** Between cloud and browser lies a connection that loses nothing. */
export const talkAudioOf = (framesSent: number): AudioStats => ({
  sent: framesSent,
  lost: 0,
  recovered: 0,
  late: 0,
  concealed: 0,
})

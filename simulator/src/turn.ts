import type { EndReason, SpeakerEvent, Trigger, TurnFailure } from '@mynah/device/runtime/speaker-event.ts'
import type { AudioStats, DialogPhase, TurnTimings } from '@mynah/shared/wire/topics.ts'
import { hopsOf, type TurnHops, type TurnMoments } from './turn-hops.ts'
import type { Bar } from './waterfall.ts'

/** One turn as a speaker went through it. */
export type Turn = {
  readonly sessionId: string
  readonly trigger: Trigger
  /** The final transcript, else the last partial; empty when nothing was heard. */
  readonly heard: string
  readonly heardIsFinal: boolean
  readonly reply: string
  readonly phases: readonly DialogPhase[]
  /** Absent while the turn goes on. */
  readonly reason?: EndReason
  readonly failure?: TurnFailure
  readonly audio?: AudioStats
  readonly timings: TurnTimings
  readonly moments: TurnMoments
  readonly hops: TurnHops
}

type SessionEvent<T extends SpeakerEvent['type']> = Extract<SpeakerEvent, { type: T }>

const ofSession = (events: readonly SpeakerEvent[], sessionId: string): readonly SpeakerEvent[] =>
  events.filter((event) => 'sessionId' in event && event.sessionId === sessionId)

const firstOf = <T extends SpeakerEvent['type']>(
  events: readonly SpeakerEvent[],
  type: T,
): SessionEvent<T> | undefined => events.find((event): event is SessionEvent<T> => event.type === type)

const lastOf = <T extends SpeakerEvent['type']>(
  events: readonly SpeakerEvent[],
  type: T,
): SessionEvent<T> | undefined => events.findLast((event): event is SessionEvent<T> => event.type === type)

/** What the room knows and the speaker does not. */
export type RoomKnowledge = {
  /** The true end of the voice; the speaker's own estimate counts when absent. */
  readonly endOfSpeechMs?: number
  /** From the rendering of a sample to its leaving the loudspeaker. */
  readonly outputDelayMs?: number
}

const momentsOf = (events: readonly SpeakerEvent[], known: RoomKnowledge): TurnMoments => {
  const started = firstOf(events, 'wake_detected') ?? firstOf(events, 'turn_started')
  const firstSample = firstOf(events, 'first_reply_sample')
  const moments: { readonly [name in keyof TurnMoments]: number | undefined } = {
    wakeMs: started?.atMs,
    firstPacketMs: firstOf(events, 'first_packet_sent')?.atMs,
    acknowledgedMs: firstOf(events, 'session_acknowledged')?.atMs,
    firstPartialMs: firstOf(events, 'transcript')?.atMs,
    endOfSpeechMs: known.endOfSpeechMs ?? firstOf(events, 'speech_end_detected')?.endOfSpeechAtMs,
    commitMs: firstOf(events, 'end_of_stream_sent')?.atMs,
    firstReplySampleMs: firstSample && firstSample.atMs + (known.outputDelayMs ?? 0),
    endedMs: lastOf(events, 'turn_ended')?.atMs,
  }
  return Object.fromEntries(Object.entries(moments).filter(([, value]) => value !== undefined))
}

const transcriptOf = (events: readonly SpeakerEvent[]) => {
  const transcripts = events.filter((event): event is SessionEvent<'transcript'> => event.type === 'transcript')
  return transcripts.findLast((transcript) => transcript.final) ?? transcripts.at(-1)
}

/** What the events say of one turn; undefined when none of them started it. */
export const turnOf = (
  allEvents: readonly SpeakerEvent[],
  sessionId: string,
  known: RoomKnowledge = {},
): Turn | undefined => {
  const events = ofSession(allEvents, sessionId)
  const started = firstOf(events, 'turn_started')
  if (!started) return undefined
  const ended = lastOf(events, 'turn_ended')
  const transcript = transcriptOf(events)
  const moments = momentsOf(events, known)
  const timings = ended?.timings ?? {}
  return {
    sessionId,
    trigger: started.trigger,
    heard: transcript?.text ?? '',
    heardIsFinal: transcript?.final ?? false,
    reply: lastOf(events, 'reply_text')?.text ?? '',
    phases: events.flatMap((event) => (event.type === 'phase_changed' ? [event.phase] : [])),
    timings,
    moments,
    hops: hopsOf(moments, timings),
    ...(ended ? { reason: ended.reason, audio: ended.audio } : {}),
    ...(ended?.failure ? { failure: ended.failure } : {}),
  }
}

/** A turn as bars, in the order of its way; hops that did not happen have no bar. */
export const barsOf = (turn: Turn): readonly Bar[] => {
  const { moments, timings } = turn
  const bars: Bar[] = []
  const add = (name: string, startMs: number | undefined, endMs: number | undefined) => {
    if (startMs !== undefined && endMs !== undefined && endMs >= startMs) bars.push({ name, startMs, endMs })
  }
  const lasts = (startMs: number | undefined, durationMs: number | undefined) =>
    startMs === undefined || durationMs === undefined ? undefined : startMs + durationMs
  const sttEndMs = lasts(moments.commitMs, timings.stt_final ?? 0)
  const llmEndMs = lasts(sttEndMs, timings.llm_first_token ?? 0)
  add('wake to first packet', moments.wakeMs, moments.firstPacketMs)
  add('wake to session', moments.wakeMs, moments.acknowledgedMs)
  add('speech after the wake word', moments.wakeMs, moments.endOfSpeechMs)
  add('wake to first partial', moments.wakeMs, moments.firstPartialMs)
  add('end of speech to commit', moments.endOfSpeechMs, moments.commitMs)
  if (timings.stt_final !== undefined) add('recogniser', moments.commitMs, sttEndMs)
  if (timings.llm_first_token !== undefined) add('language model (first token)', sttEndMs, llmEndMs)
  if (timings.tts_first_audio !== undefined)
    add('voice (first sound)', llmEndMs, lasts(llmEndMs, timings.tts_first_audio))
  add('commit to first audio', moments.commitMs, moments.firstReplySampleMs)
  add('reply', moments.firstReplySampleMs, moments.endedMs)
  return bars
}

import type { SpeakerEvent } from '@mynah/device/runtime/speaker-event.ts'
import type { Utterance } from './person.ts'
import type { EmitOptions, Room } from './room.ts'
import type { SimulatedSpeaker } from './speaker.ts'
import { type Turn, turnOf } from './turn.ts'

/** An utterance in the air: when it began and truly ended, as `Clock.now`. */
export type Said = { readonly utterance: Utterance; readonly startMs: number; readonly endOfSpeechMs: number }

/** A turn with the sound that the loudspeaker made for it (24 kHz mono). */
export type Conversation = { readonly turn: Turn; readonly replySound: Int16Array }

/** A wake must follow a spoken wake word within this time, a turn must end within the other. */
const wakeLimitMs = 5_000
export const turnLimitMs = 45_000

/** Puts an utterance into the room's air. */
export const speakInto = (house: { readonly room: Room }, utterance: Utterance, options: EmitOptions = {}): Said => {
  const sounding = house.room.emit(utterance.samples, options)
  return {
    utterance,
    startMs: house.room.timeOf(sounding.startSample + utterance.speechStartSample),
    endOfSpeechMs: house.room.timeOf(sounding.startSample + utterance.speechEndSample),
  }
}

const startedTurn = (event: SpeakerEvent): string | undefined =>
  event.type === 'turn_started' ? event.sessionId : undefined

/** The session that begins after `since`; fails with a sentence when the speaker does not wake. */
export const nextTurn = (speaker: SimulatedSpeaker, since: number, signal: AbortSignal): Promise<string> =>
  speaker.watch.expect(
    { what: `turn of ${speaker.name} (it did not wake)`, pick: startedTurn, since, timeoutMs: wakeLimitMs },
    signal,
  )

/** Waits for the end of a session and tells what happened in it. */
export const finishedTurn = async (
  request: {
    readonly speaker: SimulatedSpeaker
    readonly sessionId: string
    readonly said?: Said
    readonly timeoutMs?: number
  },
  signal: AbortSignal,
): Promise<Conversation> => {
  const { speaker, sessionId } = request
  const endedMs = await speaker.watch.expect(
    {
      what: `end of the turn of ${speaker.name}`,
      pick: (event) => (event.type === 'turn_ended' && event.sessionId === sessionId ? event.atMs : undefined),
      since: 0,
      timeoutMs: request.timeoutMs ?? turnLimitMs,
    },
    signal,
  )
  const turn = turnOf(speaker.watch.events(), sessionId, {
    outputDelayMs: speaker.spot.loudspeaker.outputDelayMs,
    ...(request.said ? { endOfSpeechMs: request.said.endOfSpeechMs } : {}),
  })
  if (!turn) throw new Error(`The session ${sessionId} ended without a beginning`)
  const fromMs = turn.moments.firstReplySampleMs
  return {
    turn,
    replySound: fromMs === undefined ? new Int16Array(0) : speaker.spot.recording.between(fromMs, endedMs),
  }
}

/** Says something with a wake word in it and waits until the turn it starts is over. */
export const converse = async (
  request: {
    readonly house: { readonly room: Room }
    readonly speaker: SimulatedSpeaker
    readonly utterance: Utterance
  },
  signal: AbortSignal,
): Promise<Conversation> => {
  const { house, speaker, utterance } = request
  const since = speaker.watch.mark()
  const said = speakInto(house, utterance)
  const sessionId = await nextTurn(speaker, since, signal)
  return finishedTurn({ speaker, sessionId, said }, signal)
}

import { elapsedMs } from '@mynah/shared/time/elapsed.ts'

/** The hops of a turn, in the order in which they happen. Names are those of docs/latency.md; all in milliseconds. */
export const hopNames = [
  'wake_to_first_packet',
  'wake_to_ack',
  'first_partial',
  'end_of_speech_to_commit',
  'commit_to_first_audio',
  'end_of_speech_to_first_audio',
  'stt_final',
  'stt_compute',
  'llm_first_token',
  'tts_first_audio',
  'mynah_added',
  'total',
] as const
export type HopName = (typeof hopNames)[number]
export type TurnHops = { readonly [name in HopName]?: number }

/** When things happened in one turn, as `Clock.now` in ms; absent when they did not. */
export type TurnMoments = {
  readonly wakeMs?: number
  readonly firstPacketMs?: number
  readonly acknowledgedMs?: number
  readonly firstPartialMs?: number
  /** The last audible sample of the voice, known because the room spoke it. */
  readonly endOfSpeechMs?: number
  readonly commitMs?: number
  readonly firstReplySampleMs?: number
  readonly endedMs?: number
}

/** Time inside engines, as the cloud reported it for this turn. */
export type EngineTimings = Readonly<Record<string, number | undefined>>

/** What each hop means, for `--help` and docs/latency.md. */
export const hopMeanings: Record<HopName, string> = {
  wake_to_first_packet: 'wake decision to the first sealed datagram handed to UDP',
  wake_to_ack: 'wake decision to the acknowledged session (MQTT there and back)',
  first_partial: 'wake decision to the first partial transcript back on the speaker',
  end_of_speech_to_commit:
    'last audible sample of the voice to the end-of-stream datagram: the endpointing silence and its decision',
  commit_to_first_audio: 'end-of-stream datagram to the first reply sample leaving the loudspeaker',
  end_of_speech_to_first_audio: 'last audible sample of the voice to the first reply sample leaving the loudspeaker',
  stt_final: 'the end of the sound at the cloud to the final transcript',
  stt_compute:
    "engine compute: from the end of the sound at the speech service to the recogniser's final, the pieces that still waited there included",
  llm_first_token: 'engine compute: the language model, to its first token (absent for local commands)',
  tts_first_audio: 'engine compute: the voice, to the first sound of the first sentence',
  mynah_added:
    'end_of_speech_to_first_audio minus end_of_speech_to_commit (endpointing) minus stt_compute, llm_first_token and tts_first_audio: network, codec, dialogue, buffers and playback',
  total: 'wake decision to the end of the turn: the whole reply has been heard',
}

/** A turn's hops from its moments; a hop one of whose ends is unknown is left out. */
export const hopsOf = (moments: TurnMoments, engines: EngineTimings): TurnHops => {
  const startMs = moments.wakeMs
  const commitToFirstAudio = elapsedMs(moments.commitMs, moments.firstReplySampleMs)
  const engineMs =
    (engines.stt_compute ?? engines.stt_final ?? 0) + (engines.llm_first_token ?? 0) + (engines.tts_first_audio ?? 0)
  const measured: { readonly [name in HopName]: number | undefined } = {
    wake_to_first_packet: elapsedMs(startMs, moments.firstPacketMs),
    wake_to_ack: elapsedMs(startMs, moments.acknowledgedMs),
    first_partial: elapsedMs(startMs, moments.firstPartialMs),
    end_of_speech_to_commit: elapsedMs(moments.endOfSpeechMs, moments.commitMs),
    commit_to_first_audio: commitToFirstAudio,
    end_of_speech_to_first_audio: elapsedMs(moments.endOfSpeechMs, moments.firstReplySampleMs),
    stt_final: engines.stt_final,
    stt_compute: engines.stt_compute,
    llm_first_token: engines.llm_first_token,
    tts_first_audio: engines.tts_first_audio,
    mynah_added: commitToFirstAudio === undefined ? undefined : elapsedMs(engineMs, commitToFirstAudio),
    total: elapsedMs(startMs, moments.endedMs),
  }
  return Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== undefined))
}

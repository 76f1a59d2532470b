import type { Language } from '@mynah/shared/wire/topics.ts'
import type { SpeechServer } from '../providers/speech-servers.ts'
import type { Stage, StageErrorCode } from '../providers/stages.ts'
import type { SpokenWake } from '../speech/contract/spoken-wake.ts'

/**
 * The seam between the session machine (control: MQTT, dialogue, store) and the audio plane (UDP, crypto, Opus, jitter, pacing,
 * recogniser and voice over gRPC). The plane runs in child processes of its own, one UDP port each: no database and no HTTP
 * there, and sound never passes through the control process. All messages survive structured cloning.
 */
export type OpenStream = {
  readonly sessionId: string
  readonly deviceId: string
  /** 16 hex digits, derived from device secret and session id like both keys (docs/protocol.md). */
  readonly streamId: string
  readonly upKey: Uint8Array
  readonly downKey: Uint8Array
  readonly language: Language
  readonly downlinkSampleRateHz: 16_000 | 24_000
  /** False for a typed turn: nothing will be heard, only spoken. */
  readonly listens: boolean
  /** The command grammar of this language, for the recogniser. */
  readonly jsgf?: string
  /** Absent where none is in front of the request, or one that the recogniser hears as a part of it. */
  readonly wake?: SpokenWake
  /** Speech servers of the home's own; where one is absent, the cloud's serves. They hold secrets: a stream is never logged. */
  readonly speech?: HomeSpeech
  /** The sound of both directions is kept and handed over, as `sound`, when the stream closes. */
  readonly keepsSound?: boolean
}

export type HomeSpeech = { readonly stt?: SpeechServer; readonly tts?: SpeechServer }

export type StreamAddress = { readonly host: string; readonly port: number }

export type AudioCommand =
  | { readonly type: 'stop_listening'; readonly sessionId: string }
  /** Queues one sentence; sentences are spoken in order, each synthesised ahead of its turn. */
  | {
      readonly type: 'speak'
      readonly sessionId: string
      readonly sentenceId: number
      readonly text: string
      readonly language: Language
      readonly voice?: string
      /** Anybody may be told the same: its sound may be kept for who is told it next. */
      readonly isCommon?: true
    }
  /** No more sentences: after the last one the plane sends an end-of-stream datagram and `speaking_finished`. */
  | { readonly type: 'finish_speaking'; readonly sessionId: string }
  /** Barge-in or cancel: drops what is queued, at most the frame under way still leaves. */
  | { readonly type: 'stop_speaking'; readonly sessionId: string }
  | { readonly type: 'close_stream'; readonly sessionId: string }

export type AudioEvent =
  /** The first authenticated datagram of any type: the stream has a path back to the speaker. */
  | { readonly type: 'first_packet'; readonly sessionId: string; readonly atMs: number }
  | { readonly type: 'partial'; readonly sessionId: string; readonly text: string }
  /** The device ended its stream, or 'stop_listening' came; the final follows. */
  | { readonly type: 'end_of_audio'; readonly sessionId: string; readonly atMs: number }
  | {
      readonly type: 'final'
      readonly sessionId: string
      readonly text: string
      readonly outOfGrammar: boolean
      /** Nobody has called: the wake word was not there. */
      readonly falseWake?: boolean
      readonly confidence?: number
      /** From end of audio to this final, and how much of it the engine computed. */
      readonly waitedMs: number
      readonly computeMs?: number
    }
  /** The first frame of the sentence has left. */
  | {
      readonly type: 'sentence_started'
      readonly sessionId: string
      readonly sentenceId: number
      readonly atMs: number
      /** From the `speak` command (or the end of the sentence before) to the first PCM of the voice. */
      readonly ttsFirstAudioMs: number
    }
  /** The voice has made the whole sentence: its length is known, most of it still has to be sent. */
  | {
      readonly type: 'sentence_made'
      readonly sessionId: string
      readonly sentenceId: number
      readonly durationMs: number
    }
  | {
      readonly type: 'sentence_sent'
      readonly sessionId: string
      readonly sentenceId: number
      readonly durationMs: number
    }
  | { readonly type: 'speaking_finished'; readonly sessionId: string; readonly sentMs: number }
  /** Nothing came up for the plane's idle limit while listening. */
  | { readonly type: 'link_lost'; readonly sessionId: string }
  | {
      readonly type: 'failed'
      readonly sessionId: string
      readonly stage: Stage
      /** After `plane_crashed` the stream is gone: nothing more can be spoken and no `closed` follows. */
      readonly code: StageErrorCode | 'plane_crashed'
      readonly message: string
    }
  /** Only of a stream that keeps its sound: both tracks as sounds/sound-track.ts encodes them. `closed` follows. */
  | { readonly type: 'sound'; readonly sessionId: string; readonly heard: Uint8Array; readonly spoken: Uint8Array }
  | {
      readonly type: 'closed'
      readonly sessionId: string
      readonly received: number
      readonly lost: number
      readonly recovered: number
      readonly late: number
      readonly duplicate: number
    }

/** A device's WebSocket that carries the same sealed datagrams when UDP does not pass. */
export type Tunnel = { readonly receive: (datagram: Uint8Array) => void; readonly close: () => void }

export type AudioPlane = {
  /** Resolves when every worker listens on its port; rejects when one cannot (port taken) or `signal` aborts first. */
  readonly ready: (signal: AbortSignal) => Promise<void>
  /** Reserves the stream on one worker and names its public address. Rejects when the plane is down (`plane_crashed`). */
  readonly open: (stream: OpenStream) => Promise<StreamAddress>
  readonly command: (command: AudioCommand) => void
  /** One listener for all sessions; a late event of a closed session may still come and must be dropped. */
  readonly onEvent: (listener: (event: AudioEvent) => void) => void
  readonly attachTunnel: (deviceId: string, send: (datagram: Uint8Array) => void) => Tunnel
  /** The address a device with this id will be given: published ahead, so that the first packet need not wait for `wake/ack`. */
  readonly addressFor: (deviceId: string) => StreamAddress
  /** The part that would serve this device cannot keep up: a new stream would cost those under way. */
  readonly isOverloaded: (deviceId: string) => boolean
  readonly counters: () => Promise<Readonly<Record<string, number>>>
  /** Runs until `signal` aborts; then every stream is closed. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

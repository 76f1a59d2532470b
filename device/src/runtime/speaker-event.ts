import type { SoundDirection, SoundFaultCode } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import type {
  AudioStats,
  DialogPhase,
  FromDeviceMessage,
  ToDeviceMessage,
  TurnTimings,
} from '@mynah/shared/wire/topics.ts'

export type Trigger = FromDeviceMessage<'wake'>['trigger']
export type EndReason = FromDeviceMessage<'session_end'>['reason']
export type RefusalReason = NonNullable<ToDeviceMessage<'wake/ack'>['reason']>
export type TurnFailure = NonNullable<ToDeviceMessage<'session'>['error']>
export type PlaybackState = FromDeviceMessage<'playback'>['state']
export type CommandCompleteness = NonNullable<ToDeviceMessage<'transcript'>['command']>
export type EarconName = 'wake' | 'end_of_listening' | 'error' | 'timer_ring' | 'muted' | 'confirmed'
export type PhraseName = 'no_network' | 'failed' | 'not_understood_cloud' | 'no_microphone'

/**
 * What happens in a speaker, as it happens: for LEDs, the simulator and its waterfall. `atMs` is `Clock.now`;
 * samples count 16 kHz microphone samples since the start of capture. Listeners are called synchronously and must not throw.
 */
export type SpeakerEvent =
  | { readonly type: 'phase_changed'; readonly phase: DialogPhase; readonly sessionId?: string; readonly atMs: number }
  | { readonly type: 'link_changed'; readonly link: 'online' | 'offline'; readonly atMs: number }
  /** The wake decision. `atSample` is where it fell; the turn is `sessionId`. */
  | {
      readonly type: 'wake_detected'
      readonly sessionId: string
      readonly word: string
      readonly score: number
      readonly atSample: number
      readonly atMs: number
    }
  /** A wake that began no turn. */
  | { readonly type: 'wake_ignored'; readonly reason: 'no_network' | 'already_listening'; readonly atMs: number }
  | {
      readonly type: 'turn_started'
      readonly sessionId: string
      readonly trigger: Trigger
      readonly previousSessionId?: string
      /** `speaker`: the cloud is away and takes no part. */
      readonly by: 'cloud' | 'speaker'
      readonly atMs: number
    }
  /** The cloud did not answer in time or is gone: the speaker goes on with the turn by itself. */
  | { readonly type: 'turn_taken_over'; readonly sessionId: string; readonly atMs: number }
  | { readonly type: 'first_packet_sent'; readonly sessionId: string; readonly atMs: number }
  | {
      readonly type: 'session_acknowledged'
      readonly sessionId: string
      readonly accepted: boolean
      readonly reason?: RefusalReason
      readonly atMs: number
    }
  | {
      readonly type: 'transcript'
      readonly sessionId: string
      readonly text: string
      readonly final: boolean
      readonly command?: CommandCompleteness
      readonly atMs: number
    }
  /** The end of speech was decided at `atMs`; the speech itself ended at `endOfSpeechSample`, heard at `endOfSpeechAtMs`. */
  | {
      readonly type: 'speech_end_detected'
      readonly sessionId: string
      readonly endOfSpeechSample: number
      readonly endOfSpeechAtMs: number
      readonly atMs: number
    }
  /** The commit: the end-of-stream datagram left. */
  | { readonly type: 'end_of_stream_sent'; readonly sessionId: string; readonly atMs: number }
  /** The reply so far, as the cloud writes it. */
  | { readonly type: 'reply_text'; readonly sessionId: string; readonly text: string; readonly atMs: number }
  /** The first sample of the reply went to the loudspeaker. */
  | { readonly type: 'first_reply_sample'; readonly sessionId: string; readonly atMs: number }
  | {
      readonly type: 'playback'
      readonly playId: string
      readonly sessionId?: string
      readonly state: PlaybackState
      readonly playedMs: number
      readonly atMs: number
    }
  | { readonly type: 'earcon'; readonly earcon: EarconName; readonly atMs: number }
  | { readonly type: 'phrase'; readonly phrase: PhraseName; readonly atMs: number }
  | {
      readonly type: 'turn_ended'
      readonly sessionId: string
      readonly reason: EndReason
      readonly timings: TurnTimings
      readonly audio: AudioStats
      readonly failure?: TurnFailure
      readonly atMs: number
    }
  /** The code by which somebody can claim this speaker; a secret for who is in the room. */
  | { readonly type: 'claim_code'; readonly code: string; readonly cloudUrl: string; readonly atMs: number }
  | { readonly type: 'claim_code_said'; readonly code: string; readonly atMs: number }
  | { readonly type: 'claimed'; readonly deviceId: string; readonly atMs: number }
  /** The owner has parted from it; nothing of theirs is on disk any more. */
  | { readonly type: 'released'; readonly atMs: number }
  | { readonly type: 'config_applied'; readonly version: number; readonly atMs: number }
  | { readonly type: 'volume_changed'; readonly volume: number; readonly atMs: number }
  | { readonly type: 'mute_changed'; readonly muted: boolean; readonly atMs: number }
  /** A timer, alarm or reminder sounds, or nothing does any more. */
  | { readonly type: 'ringing_changed'; readonly ringing: boolean; readonly atMs: number }
  /** It listens for a wake word that it is to learn, or does not any more. */
  | { readonly type: 'own_word_recording_changed'; readonly recording: boolean; readonly atMs: number }
  /** What becomes of an offered release: a step of its installation, or how that ended. */
  | { readonly type: 'update_changed'; readonly code: string; readonly atMs: number }
  /** `fault` is absent when it works again. */
  | {
      readonly type: 'sound_hardware_changed'
      readonly direction: SoundDirection
      readonly fault?: SoundFaultCode
      readonly atMs: number
    }
  | {
      readonly type: 'schedule_fired'
      readonly itemId: string
      readonly kind: 'timer' | 'alarm' | 'reminder'
      readonly atMs: number
    }

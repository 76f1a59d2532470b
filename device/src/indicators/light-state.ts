import type { SoundDirection } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import type { DialogPhase } from '@mynah/shared/wire/topics.ts'
import type { SpeakerEvent } from '../runtime/speaker-event.ts'

/** What the lights know of the speaker. Times are `Clock.now`. */
export type LightState = {
  readonly phase: DialogPhase
  readonly muted: boolean
  readonly ringing: boolean
  /** Somebody says a wake word that it is to learn. */
  readonly recording: boolean
  readonly updating: boolean
  readonly claiming: boolean
  readonly online: boolean
  /** What of microphone and loudspeaker does not work. */
  readonly broken: Readonly<Record<SoundDirection, boolean>>
  /** Something failed until this moment is over. */
  readonly errorUntilMs: number
}

export const initialLights: LightState = {
  phase: 'idle',
  muted: false,
  ringing: false,
  recording: false,
  updating: false,
  claiming: false,
  online: false,
  broken: { microphone: false, loudspeaker: false },
  errorUntilMs: Number.NEGATIVE_INFINITY,
}

export type Pattern =
  | 'off'
  | 'ringing'
  | 'recording'
  | 'error'
  | 'listening'
  | 'thinking'
  | 'speaking'
  | 'expecting'
  | 'updating'
  | 'claiming'
  | 'broken'
  | 'muted'
  | 'offline'

const errorShownMs = 1_500
/** `update_state` between the first byte and the restart; every other code ends an installation. */
const updatingCodes: ReadonlySet<string> = new Set(['verified', 'downloaded', 'unpacked', 'switched'])

/** What an event of the speaker changes. Pure. */
export const stepLights = (state: LightState, event: SpeakerEvent): LightState => {
  switch (event.type) {
    case 'phase_changed':
      return { ...state, phase: event.phase }
    case 'mute_changed':
      return { ...state, muted: event.muted }
    case 'ringing_changed':
      return { ...state, ringing: event.ringing }
    case 'own_word_recording_changed':
      return { ...state, recording: event.recording }
    case 'link_changed':
      return { ...state, online: event.link === 'online' }
    case 'update_changed':
      return { ...state, updating: updatingCodes.has(event.code) }
    case 'sound_hardware_changed':
      return { ...state, broken: { ...state.broken, [event.direction]: event.fault !== undefined } }
    case 'claim_code':
      return { ...state, claiming: true }
    case 'claimed':
      return { ...state, claiming: false }
    case 'released':
      return { ...initialLights, broken: state.broken, muted: state.muted }
    case 'turn_ended':
      return event.reason === 'failed' || event.reason === 'timeout' || event.reason === 'link_lost'
        ? { ...state, errorUntilMs: event.atMs + errorShownMs }
        : state
    default:
      return state
  }
}

/** The most important thing to show: that a voice is recorded; what a person waits for; what they could know already. */
export const patternOf = (state: LightState, nowMs: number): Pattern => {
  if (state.recording) return 'recording'
  if (state.ringing) return 'ringing'
  if (state.phase !== 'idle') return state.phase
  if (nowMs < state.errorUntilMs) return 'error'
  if (state.updating) return 'updating'
  if (state.claiming) return 'claiming'
  if (state.broken.microphone || state.broken.loudspeaker) return 'broken'
  if (state.muted) return 'muted'
  return state.online ? 'off' : 'offline'
}

import type { SoundDirection, SoundFaultCode } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import type { RoomSound } from './room-sound.ts'

/** What was looked at and measured in a speaker, before anybody judges it. An absent part was not looked at. */
export type Examination = {
  readonly room?:
    | { readonly type: 'heard'; readonly sound: RoomSound }
    | { readonly type: 'fault'; readonly direction: SoundDirection; readonly fault: SoundFaultCode }
    | { readonly type: 'muted' }
  readonly xruns?: { readonly microphone: number; readonly loudspeaker: number; readonly uptimeMs: number }
  /** `aheadMs` of the cloud's clock; absent when the cloud cannot be reached. */
  readonly clock?: { readonly aheadMs?: number }
  readonly wifi?:
    | { readonly type: 'cable' }
    | { readonly type: 'wifi'; readonly signalDbm: number; readonly powerSave?: boolean }
  readonly owner?: boolean
  readonly broker?: 'reached' | 'refused' | 'unreachable'
  readonly udp?: { readonly type: 'passes'; readonly roundTripMs?: number } | { readonly type: 'blocked' | 'not_tried' }
  /** The speaker itself runs and has the card: what needs it was not looked at. */
  readonly serviceRuns?: boolean
  readonly models?: { readonly type: 'loaded' } | { readonly type: 'missing'; readonly why: string }
  readonly localCommands?: { readonly type: 'there' } | { readonly type: 'missing'; readonly why: string }
  readonly disk?: { readonly freeBytes: number; readonly writable: boolean }
}

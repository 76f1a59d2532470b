import type { LogFields, LogLevel } from '@mynah/shared/log/log.ts'
import type { AudioCommand, AudioEvent, OpenStream } from '../audio-plane.ts'
import type { PlaneLimits } from './plane-limits.ts'

/** Between the control process and one audio worker, by structured cloning. */
export type WorkerConfig = {
  readonly bindHost: string
  /** 0 lets the system choose. */
  readonly port: number
  /** host:port of the speech service. */
  readonly speechAddress: string
  readonly limits?: Partial<PlaneLimits>
}

export type ToWorker =
  | { readonly type: 'start'; readonly config: WorkerConfig }
  | { readonly type: 'open'; readonly requestId: number; readonly stream: OpenStream }
  | { readonly type: 'command'; readonly command: AudioCommand }
  | {
      readonly type: 'tunnel_datagram'
      readonly tunnelId: number
      readonly deviceId: string
      readonly bytes: Uint8Array
    }
  | { readonly type: 'tunnel_closed'; readonly tunnelId: number }
  | { readonly type: 'counters'; readonly requestId: number }
  | { readonly type: 'stop' }

export type FromWorker =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'cannot_listen'; readonly message: string }
  | { readonly type: 'opened'; readonly requestId: number; readonly refusal?: string }
  | { readonly type: 'event'; readonly event: AudioEvent }
  /** It cannot keep up, or can again. */
  | { readonly type: 'overload'; readonly isOverloaded: boolean; readonly lagMs: number }
  | { readonly type: 'tunnel_send'; readonly tunnelId: number; readonly bytes: Uint8Array }
  | {
      readonly type: 'counters'
      readonly requestId: number
      readonly counters: Readonly<Record<string, number>>
    }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }

import type { PeerPath } from './peer-path.ts'
import type { ReplyPacket } from './reply-pacer.ts'
import type { PacedStream } from './reply-pacing.ts'

/** What a pacing thread is started with. */
export type PacingStart = {
  /** Of the socket that replies leave by. */
  readonly descriptor: number
  readonly counts: SharedArrayBuffer
}

/** Between an audio worker and the thread that paces its replies, by structured cloning. A reply is known by its number. */
export type ToPacing =
  | { readonly type: 'open'; readonly reply: number; readonly stream: PacedStream }
  | { readonly type: 'route'; readonly reply: number; readonly path: PeerPath | undefined }
  | { readonly type: 'push'; readonly reply: number; readonly packets: readonly ReplyPacket[] }
  | { readonly type: 'end' | 'stop' | 'close'; readonly reply: number }

export type FromPacing =
  | { readonly type: 'ready' }
  | { readonly type: 'sent'; readonly reply: number; readonly frames: number; readonly atMs: number }
  | { readonly type: 'ended'; readonly reply: number; readonly frames: number }
  /** What does not leave by the socket itself: a tunnel's, and what the system did not take at once. */
  | { readonly type: 'send'; readonly bytes: Uint8Array; readonly path: PeerPath }

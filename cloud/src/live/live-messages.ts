import type { EventPosition, WrittenEvent } from './event-writer.ts'
import type { LiveLimits } from './live-limits.ts'
import type { LiveEntry } from './live-room.ts'
import type { LiveView } from './live-view.ts'

/** Between the gateway and the live process, by structured cloning, in order. */
export type ToLive =
  /** First. `from`: the last event before those that follow. */
  | { readonly type: 'start'; readonly from: EventPosition; readonly limits: LiveLimits }
  /** With the socket itself. */
  | { readonly type: 'socket'; readonly connection: number }
  | { readonly type: 'enter'; readonly connection: number; readonly entry: LiveEntry }
  /** Some that followed each other closely; each counts as a message. */
  | { readonly type: 'events'; readonly events: readonly WrittenEvent[] }
  | { readonly type: 'view'; readonly viewer: string; readonly view: LiveView }
  | { readonly type: 'end'; readonly viewer: string }
  /** Says goodbye to all browsers; answered by `closed`. */
  | { readonly type: 'close' }

export type FromLive =
  /** So much has been done since the last time, in the order in which it was sent. */
  | { readonly type: 'done'; readonly messages: number; readonly bytes: number }
  | { readonly type: 'left'; readonly connection: number }
  | { readonly type: 'closed' }
  /** Once a second. */
  | { readonly type: 'pulse'; readonly slowBytes: number; readonly residentBytes: number; readonly lagMs: number }

/** What a message weighs where it waits; both ends count the same. */
export const sizeOf = (message: ToLive): number => {
  switch (message.type) {
    case 'events':
      return message.events.reduce((sum, { frame }) => sum + frame.length, 0)
    case 'enter':
      return message.entry.head.length
    default:
      return 0
  }
}

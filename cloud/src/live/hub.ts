import type { Socket } from 'node:net'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createEventWriter } from './event-writer.ts'
import { defaultLiveLimits, type LiveLimits } from './live-limits.ts'
import { createLiveRoom, type LiveEntry } from './live-room.ts'
import type { LiveView } from './live-view.ts'
import type { NewEvent } from './new-event.ts'

export type LiveFigures = {
  /** Of browsers that are there, as far as is known. */
  readonly connections: number
  /** What waits for slow browsers. */
  readonly slowBytes: number
  /** What waits on the way to them; none where there is no way. */
  readonly waitingMessages: number
  readonly waitingBytes: number
  readonly restarts: number
  /** Of the process of its own; absent where there is none. */
  readonly residentBytes?: number
  readonly lagMs?: number
}

export type NewConnection = {
  readonly entry: LiveEntry
  /** It is no longer the caller's. */
  readonly socket: Socket
  /** Called once, when the connection is over for whatever reason, or was never taken up. */
  readonly onLeave: () => void
}

/**
 * Tells browsers what happens, from this process or from one of its own: the same calls in the same order have the same effects.
 * What is said of a viewer counts before every event that is published afterwards.
 */
export type LiveHub = {
  /** To every browser that may have it. */
  readonly publish: (event: NewEvent) => void
  /** Whether browsers can come in. */
  readonly isReady: () => boolean
  readonly enter: (connection: NewConnection) => void
  readonly setView: (viewer: string, view: LiveView) => void
  /** The login of this viewer is over: its connections are closed. */
  readonly end: (viewer: string) => void
  readonly figures: () => LiveFigures
  /** Takes no more browsers and says goodbye to all. */
  readonly close: () => Promise<void>
}

export type LiveInsideDeps = { readonly clock: Clock; readonly log: Log; readonly limits?: Partial<LiveLimits> }

/** Browsers are served by this process: each event costs it a write for each of them. */
export const createLiveInside = ({ clock, log, limits }: LiveInsideDeps): LiveHub => {
  const writer = createEventWriter({ clock })
  const room = createLiveRoom({ clock, log, from: writer.position(), limits: { ...defaultLiveLimits, ...limits } })
  let connections = 0
  let isOpen = true
  return {
    publish: (event) => room.deliver(writer.write(event)),
    isReady: () => isOpen,
    enter: ({ entry, socket, onLeave }) => {
      connections += 1
      socket.once('close', () => {
        connections -= 1
        onLeave()
      })
      room.enter(entry, socket)
    },
    setView: room.setView,
    end: room.end,
    figures: () => ({
      connections,
      slowBytes: room.waitingBytes(),
      waitingMessages: 0,
      waitingBytes: 0,
      restarts: 0,
    }),
    close: () => {
      isOpen = false
      return room.close()
    },
  }
}

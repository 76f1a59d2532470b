import { createEventRing } from './event-ring.ts'
import type { EventPosition, WrittenEvent } from './event-writer.ts'
import { type LiveView, mayHave } from './live-view.ts'
import { textFrame } from './text-frame.ts'

export type Listener = {
  readonly view: LiveView
  /** One message in its frame: the same bytes for every listener. */
  readonly send: (frame: Buffer) => void
}

export type Membership = {
  /** What it may have from here on. */
  readonly setView: (view: LiveView) => void
  readonly leave: () => void
}

export type Audience = {
  readonly deliver: (event: WrittenEvent) => void
  /**
   * Greets a listener, gives it what it missed since `after`, and then every event that it may have, in order, each once. What was
   * missed comes whole or not at all: where it is not known any more, or more than the lists themselves, `resumed` is false.
   */
  readonly join: (listener: Listener, after: string | undefined) => Membership
}

const bounds = { maxEvents: 5_000, maxBytes: 4_000_000 }
/** Half of what may wait for a browser (live-limits.ts): who was away must not be too slow at once. */
const maxReplayBytes = 512 * 1_024

/** Who listens in which home: an event costs nothing for those whom it does not concern. */
const createRows = () => {
  const byHome = new Map<string, Set<Listener>>()
  const remove = (listener: Listener) => {
    for (const homeId of listener.view.homes) {
      const listeners = byHome.get(homeId)
      listeners?.delete(listener)
      if (listeners?.size === 0) byHome.delete(homeId)
    }
  }
  const add = (listener: Listener) => {
    for (const homeId of listener.view.homes) {
      const listeners = byHome.get(homeId)
      if (listeners) listeners.add(listener)
      else byHome.set(homeId, new Set([listener]))
    }
  }
  return { of: (homeId: string): Iterable<Listener> => byHome.get(homeId) ?? [], add, remove }
}

/** `from`: the last event before those that will be delivered. */
export const createAudience = ({ from }: { readonly from: EventPosition }): Audience => {
  const ring = createEventRing(bounds, from)
  const rows = createRows()
  const greet = ({ view, send }: Listener, after: string | undefined) => {
    const missed = after === undefined ? undefined : ring.after(after)?.filter((event) => mayHave(view, event))
    const size = missed?.reduce((sum, { frame }) => sum + frame.length, 0) ?? 0
    const resumed = missed !== undefined && size <= maxReplayBytes
    send(textFrame(JSON.stringify({ type: 'hello', last_event_id: ring.lastId(), resumed })))
    if (resumed) for (const { frame } of missed) send(frame)
  }
  return {
    deliver: (event) => {
      ring.add(event)
      for (const { view, send } of rows.of(event.homeId)) if (mayHave(view, event)) send(event.frame)
    },
    join: (listener, after) => {
      let current: Listener | undefined = listener
      greet(listener, after)
      rows.add(listener)
      const leave = () => {
        if (current) rows.remove(current)
        current = undefined
      }
      return {
        leave,
        setView: (view) => {
          if (!current) return
          rows.remove(current)
          current = { ...listener, view }
          rows.add(current)
        },
      }
    },
  }
}

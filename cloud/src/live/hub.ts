import type { LiveEvent } from '@mynah/shared/api/live.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createEventRing, type RingEvent } from './event-ring.ts'

/** What an event says beside what all have. `deviceJson`: a speaker that is JSON already. */
export type NewEvent = Pick<LiveEvent, 'type' | 'home_id' | 'device_id'> & {
  readonly fields?: Readonly<Record<string, unknown>>
  readonly deviceJson?: string
}

export type Listener = {
  /** Whether it may have an event of this home; `isSpoken`: it says what somebody said. */
  readonly mayHave: (event: RingEvent) => boolean
  /** One message, JSON in UTF-8: the same bytes for every listener. */
  readonly send: (bytes: Buffer) => void
}

export type LiveHub = {
  readonly publish: (event: NewEvent) => void
  /**
   * Greets a listener, gives it what it missed since `after`, and then every event that it may have, in order, each once. What was
   * missed comes whole or not at all: where it is not known any more, or more than the lists themselves, `resumed` is false.
   * Returns how to stop.
   */
  readonly join: (listener: Listener, after: string | undefined) => () => void
  readonly size: () => number
}

const bounds = { maxEvents: 5_000, maxBytes: 4_000_000 }
/** Half of what may wait for a browser (live-socket.ts): who was away must not be too slow at once. */
const maxReplayBytes = 512 * 1_024

export const createLiveHub = ({ clock }: { readonly clock: Clock }): LiveHub => {
  const ring = createEventRing(bounds)
  const listeners = new Set<Listener>()
  const textOf = ({ type, home_id, device_id, fields, deviceJson }: NewEvent): string => {
    const head = { type, event_id: ring.nextId(), at: clock.wallTime().toISOString(), home_id, device_id, ...fields }
    const text = JSON.stringify(head)
    return deviceJson === undefined ? text : `${text.slice(0, -1)},"device":${deviceJson}}`
  }
  return {
    publish: (event) => {
      const added = ring.add({
        homeId: event.home_id,
        isSpoken: event.type === 'session',
        bytes: Buffer.from(textOf(event)),
      })
      for (const listener of listeners) if (listener.mayHave(added)) listener.send(added.bytes)
    },
    join: (listener, after) => {
      const missed = after === undefined ? undefined : ring.after(after)?.filter((event) => listener.mayHave(event))
      const size = missed?.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0
      const resumed = missed !== undefined && size <= maxReplayBytes
      listener.send(Buffer.from(JSON.stringify({ type: 'hello', last_event_id: ring.lastId(), resumed })))
      if (resumed) for (const { bytes } of missed) listener.send(bytes)
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    size: () => listeners.size,
  }
}

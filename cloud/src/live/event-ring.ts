import { randomBytes } from 'node:crypto'

/** An event as every browser of its home gets it: serialised once. */
export type RingEvent = {
  readonly number: number
  readonly homeId: string
  readonly isSpoken: boolean
  /** JSON in UTF-8. */
  readonly bytes: Buffer
}

export type EventRing = {
  readonly lastId: () => string
  /** The id of the next event, for `add`. */
  readonly nextId: () => string
  readonly add: (event: Omit<RingEvent, 'number'>) => RingEvent
  /** What came after this id; undefined when that is not known any more (another start of the cloud, too long ago). */
  readonly after: (eventId: string) => readonly RingEvent[] | undefined
}

type Bounds = { readonly maxEvents: number; readonly maxBytes: number }

/** The newest events, bounded in number and size. Ids are `epoch.number`; the epoch is another one after each start. */
export const createEventRing = ({ maxEvents, maxBytes }: Bounds): EventRing => {
  const epoch = randomBytes(6).toString('base64url')
  const events: RingEvent[] = []
  let last = 0
  let size = 0
  const idOf = (number: number) => `${epoch}.${number}`
  return {
    lastId: () => idOf(last),
    nextId: () => idOf(last + 1),
    add: (event) => {
      last += 1
      const numbered = { ...event, number: last }
      events.push(numbered)
      size += event.bytes.length
      while (events.length > maxEvents || size > maxBytes) size -= events.shift()?.bytes.length ?? 0
      return numbered
    },
    after: (eventId) => {
      const [ofEpoch, digits] = eventId.split('.')
      const number = Number(digits)
      if (ofEpoch !== epoch || !Number.isSafeInteger(number) || number > last || number < 0) return undefined
      const first = events[0]?.number ?? last + 1
      if (number < first - 1) return undefined
      return events.slice(Math.max(0, number + 1 - first))
    },
  }
}

import { type EventPosition, eventIdOf, type WrittenEvent } from './event-writer.ts'

export type EventRing = {
  readonly lastId: () => string
  /** The next one: numbers have no holes. */
  readonly add: (event: WrittenEvent) => void
  /** What came after this id; undefined when that is not known any more (another start of the cloud, too long ago). */
  readonly after: (eventId: string) => readonly WrittenEvent[] | undefined
}

type Bounds = { readonly maxEvents: number; readonly maxBytes: number }

/** The newest events behind `from`, bounded in number and size. */
export const createEventRing = ({ maxEvents, maxBytes }: Bounds, from: EventPosition): EventRing => {
  const { epoch } = from
  const events: WrittenEvent[] = []
  let last = from.number
  let size = 0
  return {
    lastId: () => eventIdOf({ epoch, number: last }),
    add: (event) => {
      last = event.number
      events.push(event)
      size += event.frame.length
      while (events.length > maxEvents || size > maxBytes) size -= events.shift()?.frame.length ?? 0
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

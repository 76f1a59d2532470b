import { Readable } from 'node:stream'

/** As much of a retained message as is needed to find it again. */
type Retained = { readonly topic: string; readonly payload: string | Buffer }

/** Retained messages by speaker. */
export type RetainedMessages<P extends Retained> = {
  /** The newest of its topic takes the place of the one before; an empty payload takes it away (MQTT 3.1.1 section 3.3.1.3). */
  readonly store: (packet: P) => void
  /** Those that match one of these filters, each as often as it matches. */
  readonly matching: (filters: readonly string[]) => Readable
}

/** `device/{id}` of a topic or filter: everything retained lies below one, and no speaker may subscribe above its own. */
const speakerIn = (topic: string): string => topic.split('/', 2).join('/')

/** MQTT 3.1.1 section 4.7: `+` is one level, `#` at the end is all that follow. */
const matches = (filter: string, topic: string): boolean => {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return true
    if (at >= levels.length || (level !== '+' && level !== levels[at])) return false
  }
  return wanted.length === levels.length
}

/**
 * The memory of aedes tests every retained message of the broker against every filter of every subscription: with ten thousand
 * speakers that come back at once this is a billion tests. Here a filter looks at the handful of its own speaker.
 */
export const createRetainedMessages = <P extends Retained>(): RetainedMessages<P> => {
  const bySpeaker = new Map<string, Map<string, P>>()
  const foundBy = (filter: string): readonly P[] => {
    const own = bySpeaker.get(speakerIn(filter))
    if (!own) return []
    const exact = own.get(filter)
    if (exact || !/[+#]/.test(filter)) return exact ? [exact] : []
    return [...own].flatMap(([topic, packet]) => (matches(filter, topic) ? [packet] : []))
  }
  return {
    store: (packet) => {
      const speaker = speakerIn(packet.topic)
      const own = bySpeaker.get(speaker) ?? new Map<string, P>()
      if (packet.payload.length > 0) own.set(packet.topic, { ...packet })
      else own.delete(packet.topic)
      if (own.size > 0) bySpeaker.set(speaker, own)
      else bySpeaker.delete(speaker)
    },
    matching: (filters) => Readable.from(filters.flatMap(foundBy)),
  }
}

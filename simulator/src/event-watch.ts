import type { SpeakerEvent } from '@mynah/device/runtime/speaker-event.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

const keptEvents = 20_000

/** Remembers what a speaker reported and waits for what it will report. */
export type EventWatch = {
  readonly observe: (event: SpeakerEvent) => void
  readonly events: () => readonly SpeakerEvent[]
  /** A point in the stream: `since` of later questions. */
  readonly mark: () => number
  /**
   * The first value that `pick` finds in events after `since` (from now on when absent), waiting for it up to `timeoutMs`. Throws an
   * `ExpectationError` that names `what` when the time is over.
   */
  readonly expect: <T>(
    question: {
      readonly what: string
      readonly pick: (event: SpeakerEvent) => T | undefined
      readonly since?: number
      readonly timeoutMs: number
    },
    signal: AbortSignal,
  ) => Promise<T>
}

/** Something that a scenario or command counted on did not happen. The message is a sentence for the user. */
export class ExpectationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ExpectationError'
  }
}

export const createEventWatch = (deps: { readonly clock: Clock }): EventWatch => {
  let events: SpeakerEvent[] = []
  let forgotten = 0
  const listeners = new Set<(event: SpeakerEvent) => void>()

  const expect: EventWatch['expect'] = async (question, signal) => {
    const since = question.since ?? forgotten + events.length
    for (const event of events.slice(Math.max(0, since - forgotten))) {
      const found = question.pick(event)
      if (found !== undefined) return found
    }
    const waiting = new AbortController()
    const stop = () => waiting.abort()
    let found: ReturnType<typeof question.pick>
    const listener = (event: SpeakerEvent) => {
      found ??= question.pick(event)
      if (found !== undefined) stop()
    }
    listeners.add(listener)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    await deps.clock.sleep(question.timeoutMs, waiting.signal)
    listeners.delete(listener)
    signal.removeEventListener('abort', stop)
    if (found !== undefined) return found
    throw new ExpectationError(
      signal.aborted
        ? `Stopped while waiting for ${question.what}`
        : `No ${question.what} within ${question.timeoutMs} ms`,
    )
  }

  return {
    observe: (event) => {
      events.push(event)
      if (events.length > keptEvents) {
        const dropped = Math.floor(events.length / 2)
        forgotten += dropped
        events = events.slice(dropped)
      }
      for (const listener of [...listeners]) listener(event)
    },
    events: () => events,
    mark: () => forgotten + events.length,
    expect,
  }
}

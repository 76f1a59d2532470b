import { ServerResponse } from 'node:http'
import type { CallFacts } from './action.ts'

/** What ends when the caller goes away. */
type Source = Request | ServerResponse

const signalOf = (source: Source): AbortSignal => {
  if (!(source instanceof ServerResponse)) return source.signal
  const gone = new AbortController()
  source.once('close', () => gone.abort())
  return gone.signal
}

/**
 * The signal is made only for who waits: with the Node adapter it costs more than all the rest of a cached answer. It stands on a
 * prototype: an accessor in an object literal gives each object a hidden class of its own, which keeps the request alive until the
 * next full collection.
 */
const lateSignal = {
  get signal(): AbortSignal {
    // Only `callFacts` makes objects of this prototype.
    return signalOf((this as unknown as { readonly source: Source }).source)
  },
}

/** The facts of one call, whose signal aborts when `source` ends. */
export const callFacts = (source: Source, facts: Omit<CallFacts, 'signal'>): CallFacts =>
  Object.assign(Object.create(lateSignal), facts, { source })

import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeAddressOf, type TrustProxy } from '../gateway/remote-address.ts'
import type { CallFacts } from './action.ts'

/**
 * What few ask for is made only for them: with the Node adapter a signal costs more than all the rest of a cached answer. It stands on a
 * prototype: an accessor in an object literal gives each object a hidden class of its own, which keeps the request alive until the
 * next full collection.
 */
const lateOfFetch = {
  get signal(): AbortSignal {
    // Only `callFacts` makes objects of this prototype.
    return (this as unknown as { readonly request: Request }).request.signal
  },
}

/** The facts of one call that came by `fetch`. */
export const callFacts = (request: Request, facts: Omit<CallFacts, 'signal'>): CallFacts =>
  Object.assign(Object.create(lateOfFetch), facts, { request })

type NodeExchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly trustProxy: TrustProxy
}

const lateOfNode = {
  get signal(): AbortSignal {
    const gone = new AbortController()
    // Only `nodeCallFacts` makes objects of this prototype; so below.
    const { response } = this as unknown as NodeExchange
    response.once('close', () => gone.abort())
    return gone.signal
  },
  get address(): string {
    const { request, trustProxy } = this as unknown as NodeExchange
    return nodeAddressOf(request, trustProxy)
  },
  get userAgent(): string {
    return (this as unknown as NodeExchange).request.headers['user-agent'] ?? ''
  },
}

/** The facts of one call that came by `node:http`. */
export const nodeCallFacts = (exchange: NodeExchange): CallFacts => Object.assign(Object.create(lateOfNode), exchange)

import type { IncomingMessage, ServerResponse } from 'node:http'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { DirectAnswers } from '../gateway/http-server.ts'
import type { RequestCount } from '../gateway/request-count.ts'
import type { LooseOutcome } from './answer.ts'
import { nodeCallFacts } from './call-facts.ts'
import type { Gate } from './gate.ts'
import { checkQuery } from './read-request.ts'
import { writeAnswer } from './write-answer.ts'

export type DirectReadsDeps = {
  readonly clock: Pick<Clock, 'now'>
  readonly gate: Gate
  readonly trustProxy: boolean
  readonly countRequest: RequestCount
}

type Read = {
  readonly name: EndpointName
  readonly endpoint: Endpoint
  /** What a request without a query asks for. */
  readonly unasked: ReturnType<typeof checkQuery>
}
/** One request on its way: plain data, because functions made per request cost more than all they would do here. */
type Exchange = {
  readonly read: Read
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly queryText: string
  readonly startedMs: number
}

/** Reads that need nothing of a request but its query and its caller. */
const isDirect = ({ method, path, reply, usesCookie, body }: Endpoint): boolean =>
  method === 'GET' && !path.includes('{') && typeof reply === 'object' && !usesCookie && body === undefined

/** As Hono reads it: of a name that comes twice the first counts. */
const queryOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...new URLSearchParams(text)].reverse())

const noParams = {}
const neverAsked = () => false

/**
 * The reads of the API that come most often, answered on `node:http` itself: the same gate, the same actions, the same answers, without
 * making a `Request` and a `Response` for each. Everything else goes through the app.
 */
export const createDirectReads = ({ clock, gate, trustProxy, countRequest }: DirectReadsDeps): DirectAnswers => {
  const reads = new Map<string, Read>()
  for (const name of endpointNames) {
    const endpoint: Endpoint = contract[name]
    if (isDirect(endpoint)) reads.set(endpoint.path, { name, endpoint, unasked: checkQuery(endpoint, {}) })
  }

  const run = ({ read, request, response, queryText }: Exchange): LooseOutcome | Promise<LooseOutcome> => {
    const { name, endpoint, unasked } = read
    const facts = nodeCallFacts({ request, response, trustProxy })
    const admitted = gate.admit(name, endpoint, {
      facts,
      authorization: request.headers.authorization,
      params: noParams,
      isSameSite: neverAsked,
    })
    if (admitted.type === 'refused') return admitted
    const query = queryText === '' ? unasked : checkQuery(endpoint, queryOf(queryText))
    if (!query.ok) return query.error
    return gate.act(name, facts, admitted.allowed, { params: noParams, query: query.value, body: undefined })
  }
  const attempt = (exchange: Exchange): LooseOutcome | Promise<LooseOutcome> => {
    try {
      return run(exchange)
    } catch (error) {
      return gate.failed(exchange.read.name, error)
    }
  }
  const send = ({ read: { endpoint }, request, response, startedMs }: Exchange, outcome: LooseOutcome) => {
    const status = writeAnswer(response, outcome, { endpoint, ifNoneMatch: request.headers['if-none-match'] })
    countRequest(endpoint.path, status, startedMs)
  }
  const sendLater = async (exchange: Exchange, coming: Promise<LooseOutcome>) =>
    send(exchange, await coming.catch((error: unknown) => gate.failed(exchange.read.name, error)))

  return (request, response) => {
    const { url = '', method } = request
    const mark = url.indexOf('?')
    const read = method === 'GET' ? reads.get(mark < 0 ? url : url.slice(0, mark)) : undefined
    if (!read) return false
    const queryText = mark < 0 ? '' : url.slice(mark + 1)
    const exchange = { read, request, response, queryText, startedMs: clock.now() }
    const outcome = attempt(exchange)
    if (outcome instanceof Promise) void sendLater(exchange, outcome)
    else send(exchange, outcome)
    return true
  }
}

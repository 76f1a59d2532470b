import type { IncomingMessage, ServerResponse } from 'node:http'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { DirectAnswers } from '../gateway/http-server.ts'
import type { TrustProxy } from '../gateway/remote-address.ts'
import type { RequestCount } from '../gateway/request-count.ts'
import type { LooseOutcome } from './answer.ts'
import { nodeCallFacts } from './call-facts.ts'
import type { Gate } from './gate.ts'
import { createPathTable, type PathParams } from './path-table.ts'
import { checkQuery, readParams } from './read-request.ts'
import { writeAnswer } from './write-answer.ts'

export type DirectReadsDeps = {
  readonly clock: Pick<Clock, 'now'>
  readonly gate: Gate
  readonly trustProxy: TrustProxy
  readonly countRequest: RequestCount
}

type Read = {
  readonly name: EndpointName
  readonly endpoint: Endpoint
  /** What queries ask for that came before, by their text: most say the same again. */
  readonly asked: Map<string, Query>
}
type Query = ReturnType<typeof checkQuery>
/** One request on its way: plain data, because functions made per request cost more than all they would do here. */
type Exchange = {
  readonly read: Read
  readonly params: PathParams
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly queryText: string
  readonly startedMs: number
}

/** Reads that need nothing of a request but its path, its query and its caller. */
const isDirect = ({ method, reply, usesCookie, body }: Endpoint): boolean =>
  method === 'GET' && typeof reply === 'object' && !usesCookie && body === undefined

const mostAsked = 64
const longestAsked = 100

/** As Hono reads it: of a name that comes twice the first counts. */
const queryOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...new URLSearchParams(text)].reverse())

const readQuery = ({ endpoint, asked }: Read, text: string): Query => {
  const known = asked.get(text)
  if (known) return known
  const query = checkQuery(endpoint, text === '' ? {} : queryOf(text))
  if (asked.size < mostAsked && text.length <= longestAsked) asked.set(text, query)
  return query
}

const neverAsked = () => false

/**
 * The reads of the API that come most often, answered on `node:http` itself: the same gate, the same actions, the same answers, without
 * making a `Request` and a `Response` for each. Everything else goes through the app.
 */
export const createDirectReads = ({ clock, gate, trustProxy, countRequest }: DirectReadsDeps): DirectAnswers => {
  // Of every read, for `/api/turns/export` must not be taken for a turn.
  const find = createPathTable(
    endpointNames
      .map((name): Read => ({ name, endpoint: contract[name], asked: new Map() }))
      .filter(({ endpoint }) => endpoint.method === 'GET')
      .map((read) => ({ path: read.endpoint.path, value: isDirect(read.endpoint) ? read : undefined })),
  )

  const run = (exchange: Exchange): LooseOutcome | Promise<LooseOutcome> => {
    const { read, params, request, response, queryText } = exchange
    const { name, endpoint } = read
    const facts = nodeCallFacts({ request, response, trustProxy })
    const admitted = gate.admit(name, endpoint, {
      facts,
      authorization: request.headers.authorization,
      params,
      isSameSite: neverAsked,
    })
    if (admitted.type === 'refused') return admitted
    const checked = readParams(params)
    if (!checked.ok) return checked.error
    const query = readQuery(read, queryText)
    if (!query.ok) return query.error
    return gate.act(name, facts, admitted.allowed, { params: checked.value, query: query.value, body: undefined })
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
    const found = method === 'GET' ? find(mark < 0 ? url : url.slice(0, mark)) : undefined
    if (!found?.value) return false
    const queryText = mark < 0 ? '' : url.slice(mark + 1)
    const { value: read, params } = found
    const exchange = { read, params, request, response, queryText, startedMs: clock.now() }
    const outcome = attempt(exchange)
    if (outcome instanceof Promise) void sendLater(exchange, outcome)
    else send(exchange, outcome)
    return true
  }
}

import type { ServerResponse } from 'node:http'
import type { JsonBytes } from '../live/json-bytes.ts'
import { type Answer, answerOf, type LooseOutcome } from './answer.ts'

/** An answer as `node:http` sends it fastest: name and value of each header in turn, with its length, and a body of bytes. */
type Prepared = {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer | undefined
}

type Headers = Answer['headers']

const flattened = new WeakMap<Headers, readonly string[]>()

/** Most answers have the very same headers. */
const flatOf = (headers: Headers): readonly string[] => {
  const known = flattened.get(headers)
  if (known) return known
  const flat = Object.entries(headers).flat()
  flattened.set(headers, flat)
  return flat
}

const prepare = ({ status, headers, etag, body }: Answer): Prepared => {
  if (body instanceof ReadableStream) throw new Error('A stream is not an answer that can be prepared')
  const flat = etag === undefined ? flatOf(headers) : [...flatOf(headers), 'etag', etag]
  if (body === null) return { status, headers: flat, body: undefined }
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return { status, headers: [...flat, 'content-length', String(bytes.length)], body: bytes }
}

type Endpoint = Parameters<typeof answerOf>[1]

const prepared = new WeakMap<JsonBytes, Prepared>()

/** What was prepared for bytes that are sent again and again is kept as long as they are. */
const preparedOf = (outcome: LooseOutcome, endpoint: Endpoint, ifNoneMatch: string | undefined): Prepared => {
  if (outcome.type !== 'json_bytes' || outcome.etag === ifNoneMatch)
    return prepare(answerOf(outcome, endpoint, ifNoneMatch))
  const known = prepared.get(outcome)
  if (known) return known
  const made = prepare(answerOf(outcome, endpoint, undefined))
  prepared.set(outcome, made)
  return made
}

/** Sends an answer that is no stream, past `Request` and `Response`. Returns its status. */
export const writeAnswer = (
  response: ServerResponse,
  outcome: LooseOutcome,
  { endpoint, ifNoneMatch }: { readonly endpoint: Endpoint; readonly ifNoneMatch: string | undefined },
): number => {
  const { status, headers, body } = preparedOf(outcome, endpoint, ifNoneMatch)
  // Node's types do not say so, but the list is only read.
  response.writeHead(status, headers as string[])
  response.end(body)
  return status
}

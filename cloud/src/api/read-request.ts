import { type Endpoint, isBinary } from '@mynah/shared/api/endpoint.ts'
import { type PathParam, pathParams } from '@mynah/shared/api/fields.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import * as v from 'valibot'
import { notFound, type Refusal, refused } from './action.ts'
import { fieldFaultOf } from './field-fault.ts'

/** Who is not known yet has little to say. */
const maxPublicBytes = 16 * 1_024
/** Ten personas of 4,000 characters of four bytes fit. */
const maxJsonBytes = 256 * 1_024
const maxShownIssues = 10

export type Checked = { readonly params: unknown; readonly query: unknown; readonly body: unknown }

const tooLarge = (maxBytes: number) =>
  refuse(refused('too_large', `A request body here has at most ${maxBytes} bytes.`))

const readBytes = async (request: Request, maxBytes: number): Promise<Result<Uint8Array, Refusal>> => {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    // Without a stated length nothing is believed: what comes is counted.
    if (length > maxBytes) return tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return ok(Buffer.concat(chunks))
}

/** More came than a body may have: whoever reads it translates this. */
export class BodyTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`a request body here has at most ${maxBytes} bytes`)
    this.name = 'BodyTooLargeError'
  }
}

/** The body as it comes in, up to its bound. */
const streamed = (request: Request, maxBytes: number): Result<AsyncIterable<Uint8Array>, Refusal> => {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return tooLarge(maxBytes)
  const read = async function* () {
    let length = 0
    for await (const chunk of request.body ?? []) {
      length += chunk.length
      if (length > maxBytes) throw new BodyTooLargeError(maxBytes)
      yield chunk
    }
  }
  return ok(read())
}

const parseJson = (bytes: Uint8Array): Result<unknown, Refusal> => {
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    return refuse(refused('not_json', 'The body is not JSON in UTF-8.'))
  }
}

const check = (schema: v.GenericSchema, value: unknown, where: string): Result<unknown, Refusal> => {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return ok(parsed.output)
  const errors = parsed.issues.slice(0, maxShownIssues).map((issue) => ({
    field: v.getDotPath(issue) ?? where,
    // The words of the schema, without what was sent: an error may be shown to others.
    message: issue.kind === 'validation' ? issue.message : `${issue.expected ?? 'something else'} expected`,
    ...fieldFaultOf(issue),
  }))
  const [first] = errors
  return refuse(refused('bad_request', `${first?.field}: ${first?.message}`, { errors }))
}

const notAnObject = { field: 'body', message: 'a JSON object expected' }

const readBody = async (endpoint: Endpoint, request: Request): Promise<Result<unknown, Refusal>> => {
  const { body: spec, access } = endpoint
  if (spec === undefined) return ok(undefined)
  const wanted = isBinary(spec) ? spec.contentType : 'application/json'
  const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (contentType !== wanted) return refuse(refused('unsupported_media_type', `Send the body as ${wanted}.`))
  if (isBinary(spec) && spec.streamed) return streamed(request, spec.maxBytes)
  const maxJson = access.type === 'public' ? maxPublicBytes : maxJsonBytes
  const bytes = await readBytes(request, isBinary(spec) ? spec.maxBytes : maxJson)
  if (!bytes.ok || isBinary(spec)) return bytes
  const json = parseJson(bytes.value)
  if (!json.ok) return json
  // For valibot a list is an object too, of fields that are all absent.
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return refuse(refused('bad_request', 'body: a JSON object expected', { errors: [notAnObject] }))
  }
  return check(spec, json.value, 'body')
}

/** Ids in a path that cannot be are not there: no second kind of answer for guessing. */
export const readParams = (
  params: Readonly<Record<string, string>>,
): Result<Readonly<Record<string, string>>, Refusal> => {
  const isGood = Object.entries(params).every(([name, value]) => {
    // The contract's paths hold nothing but these names.
    const schema = pathParams[name as PathParam]
    return schema !== undefined && v.is(schema, value)
  })
  return isGood ? ok(params) : refuse(notFound())
}

export const checkQuery = (endpoint: Endpoint, query: Readonly<Record<string, string>>): Result<unknown, Refusal> =>
  endpoint.query ? check(endpoint.query, query, 'query') : ok(undefined)

/** Query and body, checked against the contract. */
export const readQueryAndBody = async (
  endpoint: Endpoint,
  request: Request,
  query: Readonly<Record<string, string>>,
): Promise<Result<{ readonly query: unknown; readonly body: unknown }, Refusal>> => {
  const checkedQuery = checkQuery(endpoint, query)
  if (!checkedQuery.ok) return checkedQuery
  const body = await readBody(endpoint, request)
  return body.ok ? ok({ query: checkedQuery.value, body: body.value }) : body
}

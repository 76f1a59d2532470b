import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import { contract, type EndpointName, type ReplyOf, type RequestOf } from './contract.ts'
import { type Endpoint, isBinary } from './endpoint.ts'
import { type ApiProblem, problemSchema } from './problem.ts'

/** No other site can send this header along with the refresh cookie. */
export const sameSiteHeader = 'x-mynah-request'
/** Names one request that creates something, so that it is done once however often it is sent. */
export const idempotencyHeader = 'idempotency-key'

type FetchInit = {
  readonly method: string
  readonly headers: Record<string, string>
  readonly credentials: 'same-origin'
  readonly body?: string | Uint8Array<ArrayBuffer> | Blob
  readonly signal?: AbortSignal
}
type FetchAnswer = {
  readonly status: number
  readonly json: () => Promise<unknown>
  readonly arrayBuffer: () => Promise<ArrayBuffer>
}

export type ApiClientDeps = {
  readonly fetch: (url: string, init: FetchInit) => Promise<FetchAnswer>
  /** Such as `''` for the same host, or `https://mynah.example`. */
  readonly baseUrl: string
  /** Where the access token is kept, in memory; undefined: not signed in, or a page that was just loaded. */
  readonly accessToken: { readonly get: () => string | undefined; readonly set: (token: string | undefined) => void }
  /** The login is over and cannot be renewed. */
  readonly onSignedOut?: () => void
  /** A new name, unlike all others, for each call that creates something; without it such a call is sent once and not again. */
  readonly newKey?: () => string
}

/** Why there is no reply: the cloud refused (`problem`), was not reached or not understood, or the caller aborted. */
export type ApiFailure =
  | { readonly type: 'problem'; readonly problem: ApiProblem }
  | { readonly type: 'unreachable' }
  | { readonly type: 'bad_reply'; readonly status: number; readonly message: string }
  | { readonly type: 'aborted' }

export type CallOptions = {
  /** Sent as `If-Match`: the version on which a change was made. */
  readonly ifMatch?: number
  readonly signal?: AbortSignal
  /** Sent as `Idempotency-Key` where the endpoint takes one, in place of a new one: the call of before, asked again. */
  readonly key?: string
}

export type ApiClient = {
  /**
   * Calls one endpoint. Never rejects. An access token that ran out is renewed once, for all calls that wait for it together. What has a
   * key is sent a second time when no answer came: it is done once all the same.
   */
  readonly call: <N extends EndpointName>(
    name: N,
    request: RequestOf<N>,
    options?: CallOptions,
  ) => Promise<Result<ReplyOf<N>, ApiFailure>>
  /** Renews the login by the cookie: at the load of a page. */
  readonly renew: () => Promise<Result<ReplyOf<'refreshSession'>, ApiFailure>>
}

type LooseRequest = {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
}

/** The path with its parameters and query in place. */
export const urlOf = (path: string, { params = {}, query = {} }: LooseRequest): string => {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`],
  )
  return pairs.length > 0 ? `${filled}?${pairs.join('&')}` : filled
}

const requestInit = (
  { method, body: spec }: Endpoint,
  request: LooseRequest,
  token: string | undefined,
  { ifMatch, signal, key }: CallOptions,
): FetchInit => {
  const headers: Record<string, string> = { [sameSiteHeader]: '1', accept: 'application/json' }
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  if (ifMatch !== undefined) headers['if-match'] = `"${ifMatch}"`
  if (key !== undefined) headers[idempotencyHeader] = key
  const init = { method, headers, credentials: 'same-origin', ...(signal && { signal }) } as const
  if (spec === undefined) return init
  headers['content-type'] = isBinary(spec) ? spec.contentType : 'application/json'
  // The type of the request allows bytes exactly where the contract says binary.
  if (request.body instanceof Blob) return { ...init, body: request.body }
  const body = isBinary(spec) ? new Uint8Array(request.body as Uint8Array) : JSON.stringify(request.body)
  return { ...init, body }
}

const readProblem = async (answer: FetchAnswer): Promise<ApiFailure> => {
  const parsed = v.safeParse(problemSchema, await answer.json().catch(() => undefined))
  if (parsed.success) return { type: 'problem', problem: parsed.output }
  return { type: 'bad_reply', status: answer.status, message: 'The answer is not one of Mynah' }
}

const readReply = async ({ reply, status }: Endpoint, answer: FetchAnswer): Promise<Result<unknown, ApiFailure>> => {
  if (answer.status !== status) return refuse(await readProblem(answer))
  if (reply === 'none') return ok(undefined)
  if (reply === 'file') return ok(new Uint8Array(await answer.arrayBuffer()))
  const parsed = v.safeParse(reply, await answer.json().catch(() => undefined))
  if (parsed.success) return ok(parsed.output)
  const [issue] = parsed.issues
  return refuse({ type: 'bad_reply', status, message: `${v.getDotPath(issue) ?? 'reply'}: ${issue.message}` })
}

const wantsRenewal = (failure: ApiFailure): boolean =>
  failure.type === 'problem' && (failure.problem.code === 'token_expired' || failure.problem.code === 'unauthenticated')

/** A typed client of the contract. It does nothing by itself: no timers, no storage, and the network only by `fetch`. */
export const createApiClient = ({ fetch, baseUrl, accessToken, onSignedOut, newKey }: ApiClientDeps): ApiClient => {
  let renewing: Promise<Result<ReplyOf<'refreshSession'>, ApiFailure>> | undefined

  const send = async (endpoint: Endpoint, request: LooseRequest, options: CallOptions) => {
    const init = requestInit(endpoint, request, accessToken.get(), options)
    try {
      return await readReply(endpoint, await fetch(`${baseUrl}${urlOf(endpoint.path, request)}`, init))
    } catch {
      return refuse<ApiFailure>({ type: options.signal?.aborted ? 'aborted' : 'unreachable' })
    }
  }
  const renewNow = async (): Promise<Result<ReplyOf<'refreshSession'>, ApiFailure>> => {
    // The reply has just passed the schema of this endpoint.
    const renewed = (await send(contract.refreshSession, {}, {})) as Result<ReplyOf<'refreshSession'>, ApiFailure>
    if (renewed.ok) accessToken.set(renewed.value.access_token)
    else if (renewed.error.type === 'problem' && renewed.error.problem.status === 401) {
      accessToken.set(undefined)
      onSignedOut?.()
    }
    return renewed
  }
  const renew = () => {
    renewing ??= renewNow().finally(() => {
      renewing = undefined
    })
    return renewing
  }
  return {
    renew,
    call: async <N extends EndpointName>(name: N, request: RequestOf<N>, options: CallOptions = {}) => {
      const endpoint: Endpoint = contract[name]
      const tokenBefore = accessToken.get()
      // `RequestOf<N>` holds nothing but params, query and body.
      const loose = request as LooseRequest
      const key = endpoint.onceByKey ? (options.key ?? newKey?.()) : undefined
      const sent: CallOptions = { ...options, ...(key !== undefined && { key }) }
      let answer = await send(endpoint, loose, sent)
      if (!answer.ok && answer.error.type === 'unreachable' && key !== undefined)
        answer = await send(endpoint, loose, sent)
      if (!answer.ok && endpoint.access.type !== 'public' && wantsRenewal(answer.error)) {
        // Another call may have renewed it while this one was on its way.
        const isRenewed = accessToken.get() !== tokenBefore || (await renew()).ok
        if (isRenewed) answer = await send(endpoint, loose, sent)
      }
      // `readReply` has checked the reply against the schema of this endpoint.
      return answer as Result<ReplyOf<N>, ApiFailure>
    },
  }
}

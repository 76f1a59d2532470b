import { idempotencyHeader } from '@mynah/shared/api/client.ts'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import { type Context, Hono } from 'hono'
import { remoteAddressOf, type TrustProxy } from '../gateway/remote-address.ts'
import { refused } from './action.ts'
import { answerOf, type LooseOutcome, problemAnswer, responseOf } from './answer.ts'
import { callFacts } from './call-facts.ts'
import { addApiPages } from './docs/pages.ts'
import type { Gate } from './gate.ts'
import type { Once } from './once.ts'
import { readParams, readQueryAndBody } from './read-request.ts'
import { isSameSite, readRefreshCookie, writeRefreshCookie } from './refresh-cookie.ts'

export type ApiDeps = {
  readonly gate: Gate
  readonly once: Once
  readonly trustProxy: TrustProxy
  /** Under which this cloud is reached, when its owner has said so. */
  readonly publicUrl?: string
  readonly version: string
}

const versionIn = (ifMatch: string | undefined): { ifMatch?: number } => {
  const digits = /^(?:W\/)?"?(\d{1,15})"?$/.exec(ifMatch ?? '')?.[1]
  return digits === undefined ? {} : { ifMatch: Number(digits) }
}

const factsOf = (c: Context, address: string, refreshToken: string | undefined) => {
  const ifNoneMatch = c.req.header('if-none-match')
  return callFacts(c.req.raw, {
    address,
    userAgent: c.req.header('user-agent') ?? '',
    ...versionIn(c.req.header('if-match')),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(refreshToken !== undefined && { refreshToken }),
  })
}

/** Every endpoint behind one gate: site, caller, rate, role, shape; then its action. */
const serve = (deps: ApiDeps) => {
  const { gate, once, trustProxy } = deps

  const run = async (name: EndpointName, endpoint: Endpoint, c: Context): Promise<LooseOutcome> => {
    // Before the caller is known an id is only text; whether it can be one is told to who is signed in.
    const rawParams = c.req.param()
    const address = remoteAddressOf(c, trustProxy)
    const authorization = c.req.header('authorization')
    const isSame = () => isSameSite(c, deps)
    const admitted = gate.admit(name, endpoint, {
      facts: { address },
      authorization,
      params: rawParams,
      isSameSite: isSame,
    })
    if (admitted.type === 'refused') return admitted
    const params = readParams(rawParams)
    if (!params.ok) return params.error
    const checked = await readQueryAndBody(endpoint, c.req.raw, c.req.query())
    if (!checked.ok) return checked.error
    const refreshToken = endpoint.usesCookie ? readRefreshCookie(c) : undefined
    const facts = factsOf(c, address, refreshToken)
    const { allowed } = admitted
    const parts = { ...checked.value, params: params.value }
    const act = () => gate.act(name, facts, allowed, parts)
    const key = endpoint.onceByKey ? c.req.header(idempotencyHeader) : undefined
    if (key === undefined || !allowed.principal) return act()
    return once({ name, key, principal: allowed.principal, params: parts.params, body: parts.body }, act)
  }

  return async (name: EndpointName, endpoint: Endpoint, c: Context): Promise<Response> => {
    const outcome = await run(name, endpoint, c).catch((error: unknown) => gate.failed(name, error))
    const response = responseOf(answerOf(outcome, endpoint, c.req.header('if-none-match')))
    if (outcome.type === 'done' && outcome.refreshToken !== undefined) {
      response.headers.append('set-cookie', writeRefreshCookie(c, outcome.refreshToken, deps))
    }
    // A cookie that is good for nothing any more must not be sent again.
    if (outcome.type === 'refused' && outcome.code === 'session_ended') {
      response.headers.append('set-cookie', writeRefreshCookie(c, null, deps))
    }
    return response
  }
}

const honoPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** The API of the contract as a Hono app, to be mounted at `/`. */
export const createApi = (deps: ApiDeps): Hono => {
  const app = new Hono()
  const answer = serve(deps)
  const methodsOf = new Map<string, string[]>()
  for (const name of endpointNames) {
    const endpoint: Endpoint = contract[name]
    const path = honoPath(endpoint.path)
    methodsOf.set(path, [...(methodsOf.get(path) ?? []), endpoint.method])
    app.on(endpoint.method, path, (c) => answer(name, endpoint, c))
  }
  addApiPages(app, deps.version)
  for (const [path, methods] of methodsOf) {
    app.all(path, () =>
      responseOf(
        problemAnswer(refused('method_not_allowed', `Here one can ${methods.join(', ')}.`), {
          allow: methods.join(', '),
        }),
      ),
    )
  }
  return app
}

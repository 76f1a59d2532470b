import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Context, Hono } from 'hono'
import type { Principals } from '../auth/principals.ts'
import { remoteAddressOf } from '../gateway/remote-address.ts'
import { StageError } from '../providers/stages.ts'
import { type Actions, type Call, type Done, type FileBody, type JsonText, type Refusal, refused } from './action.ts'
import { problemResponse, responseOf } from './answer.ts'
import { authenticate, authorise, type HomeOf, nobody } from './authorise.ts'
import { addApiPages } from './docs/pages.ts'
import { createCallLimits } from './limits.ts'
import { readParams, readQueryAndBody } from './read-request.ts'
import { isSameSite, readRefreshCookie, writeRefreshCookie } from './refresh-cookie.ts'

export type ApiDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly trustProxy: boolean
  /** Under which this cloud is reached, when its owner has said so. */
  readonly publicUrl?: string
  readonly principals: Principals
  readonly homeOf: HomeOf
  readonly actions: Actions
  readonly version: string
}

type LooseOutcome = Refusal | Done<unknown> | JsonText | FileBody
type LooseCall = Omit<Call<EndpointName>, 'params' | 'query' | 'body' | 'principal'> & Record<string, unknown>
type LooseAction = (call: LooseCall) => LooseOutcome | Promise<LooseOutcome>

const versionIn = (ifMatch: string | undefined): { ifMatch?: number } => {
  const digits = /^(?:W\/)?"?(\d{1,15})"?$/.exec(ifMatch ?? '')?.[1]
  return digits === undefined ? {} : { ifMatch: Number(digits) }
}

const factsOf = (c: Context, address: string, refreshToken: string | undefined) => {
  const ifNoneMatch = c.req.header('if-none-match')
  return {
    address,
    userAgent: c.req.header('user-agent') ?? '',
    /** Made only for who waits: with the Node adapter the signal costs more than all the rest of a cached answer. */
    get signal() {
      return c.req.raw.signal
    },
    ...versionIn(c.req.header('if-match')),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(refreshToken !== undefined && { refreshToken }),
  }
}

/** Every endpoint behind one gate: site, caller, role, rate, shape; then its action. */
const serve = (deps: ApiDeps) => {
  const { clock, log, principals, homeOf, trustProxy } = deps
  const waitFor = createCallLimits(clock)

  const waitOf = (name: EndpointName, { method, access }: Endpoint, caller: string): Refusal | undefined => {
    const waitS = waitFor(name, method, caller, access.type === 'public')
    if (waitS === 0) return undefined
    return refused('rate_limited', `Too many requests. Try again in ${waitS} s.`, { retry_after_s: waitS })
  }
  const admit = (name: EndpointName, endpoint: Endpoint, c: Context, params: Readonly<Record<string, string>>) => {
    const address = remoteAddressOf(c, trustProxy)
    const isPublic = endpoint.access.type === 'public'
    if (endpoint.usesCookie && !isSameSite(c, deps)) {
      return refused('cross_site', 'This request comes from another site, or lacks the header x-mynah-request.')
    }
    if (isPublic) return waitOf(name, endpoint, address) ?? ({ type: 'admitted', address, allowed: nobody } as const)
    const caller = authenticate(principals, c.req.header('authorization'))
    if (!caller.ok) return caller.error
    const tooMany = waitOf(name, endpoint, caller.value.personId)
    if (tooMany) return tooMany
    const allowed = authorise(endpoint, caller.value, params, homeOf)
    return allowed.ok ? ({ type: 'admitted', address, allowed: allowed.value } as const) : allowed.error
  }

  const run = async (name: EndpointName, endpoint: Endpoint, c: Context): Promise<LooseOutcome> => {
    // Before the caller is known an id is only text; whether it can be one is told to who is signed in.
    const rawParams = c.req.param()
    const admitted = admit(name, endpoint, c, rawParams)
    if (admitted.type === 'refused') return admitted
    const params = readParams(rawParams)
    if (!params.ok) return params.error
    const checked = await readQueryAndBody(endpoint, c.req.raw, c.req.query())
    if (!checked.ok) return checked.error
    const refreshToken = endpoint.usesCookie ? readRefreshCookie(c) : undefined
    const { allowed } = admitted
    // What has been checked against the endpoint of this name is what the action of this name takes.
    const action = deps.actions[name] as unknown as LooseAction
    const facts = factsOf(c, admitted.address, refreshToken)
    // Not spread: that would ask for the signal.
    return action(Object.assign(facts, allowed, checked.value, { params: params.value }))
  }

  return async (name: EndpointName, endpoint: Endpoint, c: Context): Promise<Response> => {
    try {
      const outcome = await run(name, endpoint, c)
      const response = responseOf(outcome, endpoint, c.req.header('if-none-match'))
      if (outcome.type === 'done' && outcome.refreshToken !== undefined) {
        response.headers.append('set-cookie', writeRefreshCookie(c, outcome.refreshToken, deps))
      }
      // A cookie that is good for nothing any more must not be sent again.
      if (outcome.type === 'refused' && outcome.code === 'session_ended') {
        response.headers.append('set-cookie', writeRefreshCookie(c, null, deps))
      }
      return response
    } catch (error) {
      if (error instanceof StageError) {
        log.warn('a stage failed for the API', { endpoint: name, stage: error.stage, code: error.code })
        return problemResponse(
          refused('unavailable', `The ${error.stage} engine cannot do this right now (${error.code}).`),
        )
      }
      log.error('an API request failed', { endpoint: name, error })
      return problemResponse(refused('internal', 'Something went wrong here. The log of the cloud has the details.'))
    }
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
      problemResponse(refused('method_not_allowed', `Here one can ${methods.join(', ')}.`), {
        allow: methods.join(', '),
      }),
    )
  }
  return app
}

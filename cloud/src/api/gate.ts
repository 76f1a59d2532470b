import type { EndpointName } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Principals } from '../auth/principals.ts'
import { StageError } from '../providers/stages.ts'
import { type Actions, type Call, type CallFacts, type Refusal, refused } from './action.ts'
import type { LooseOutcome } from './answer.ts'
import { type Allowed, authenticate, authorise, type HomeOf, nobody } from './authorise.ts'
import { createCallLimits } from './limits.ts'

export type GateDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly principals: Principals
  readonly homeOf: HomeOf
  readonly actions: Actions
  /** Takes over what was changed beside this process: nothing is answered from before a change that was acknowledged. */
  readonly catchUp: () => void
}

/** A request as the gate sees it, by whatever way it came in. */
export type Incoming = {
  /** Whose address is counted by, where nobody is signed in. */
  readonly facts: Pick<CallFacts, 'address'>
  readonly authorization: string | undefined
  readonly params: Readonly<Record<string, string>>
  /** Whether it can come from our own pages only; asked where the contract says `usesCookie`. */
  readonly isSameSite: () => boolean
}

type Admitted = { readonly type: 'admitted'; readonly allowed: Allowed }
type LooseCall = Omit<Call<EndpointName>, 'params' | 'query' | 'body' | 'principal'> & Record<string, unknown>
type LooseAction = (call: LooseCall) => LooseOutcome | Promise<LooseOutcome>
type CheckedParts = { readonly params: unknown; readonly query: unknown; readonly body: unknown }

/** What stands in front of every action, whichever way a request comes in. */
export type Gate = {
  /** Site, caller, rate, role: in this order, before anything of the request is read. */
  readonly admit: (name: EndpointName, endpoint: Endpoint, incoming: Incoming) => Admitted | Refusal
  /** The action of this endpoint. `facts` is taken over: it becomes the call. */
  readonly act: (
    name: EndpointName,
    facts: CallFacts,
    allowed: Allowed,
    checked: CheckedParts,
  ) => LooseOutcome | Promise<LooseOutcome>
  /** What is told of an exception; the rest is in the log. */
  readonly failed: (name: EndpointName, error: unknown) => Refusal
}

export const createGate = ({ clock, log, principals, homeOf, actions, catchUp }: GateDeps): Gate => {
  const waitFor = createCallLimits(clock)
  const waitOf = (name: EndpointName, { method, access }: Endpoint, caller: string): Refusal | undefined => {
    const waitS = waitFor(name, method, caller, access.type === 'public')
    if (waitS === 0) return undefined
    return refused('rate_limited', `Too many requests. Try again in ${waitS} s.`, { retry_after_s: waitS })
  }
  return {
    admit: (name, endpoint, { facts, authorization, params, isSameSite }) => {
      if (endpoint.usesCookie && !isSameSite()) {
        return refused('cross_site', 'This request comes from another site, or lacks the header x-mynah-request.')
      }
      if (endpoint.access.type === 'public') {
        return waitOf(name, endpoint, facts.address) ?? { type: 'admitted', allowed: nobody }
      }
      catchUp()
      const caller = authenticate(principals, authorization)
      if (!caller.ok) return caller.error
      const tooMany = waitOf(name, endpoint, caller.value.personId)
      if (tooMany) return tooMany
      const allowed = authorise(endpoint, caller.value, params, homeOf)
      return allowed.ok ? { type: 'admitted', allowed: allowed.value } : allowed.error
    },
    act: (name, facts, allowed, checked) => {
      // What has been checked against the endpoint of this name is what the action of this name takes.
      const action = actions[name] as unknown as LooseAction
      // Not spread: `signal` is made only for who asks for it.
      return action(Object.assign(facts, allowed, checked))
    },
    failed: (name, error) => {
      if (error instanceof StageError) {
        log.warn('a stage failed for the API', { endpoint: name, stage: error.stage, code: error.code })
        return refused('unavailable', `The ${error.stage} engine cannot do this right now (${error.code}).`)
      }
      log.error('an API request failed', { endpoint: name, error })
      return refused('internal', 'Something went wrong here. The log of the cloud has the details.')
    },
  }
}

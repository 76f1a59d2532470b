import type { CheckedRequestOf, Contract, EndpointName, EndpointOf, ReplyOf } from '@mynah/shared/api/contract.ts'
import type { ApiProblem, ProblemCode } from '@mynah/shared/api/problem.ts'
import type { Principal } from '../auth/principals.ts'
import type { JsonBytes } from '../live/json-bytes.ts'

/** What an action may know of the HTTP request itself. */
export type CallFacts = {
  readonly address: string
  readonly userAgent: string
  /** The value of the refresh cookie; only where the contract says `usesCookie`. */
  readonly refreshToken?: string
  readonly ifMatch?: number
  readonly ifNoneMatch?: string
  readonly signal: AbortSignal
}

type AccessOf<N extends EndpointName> = EndpointOf<N>['access']

/** What the gate in front of every action has established: request checked, caller known and allowed. */
export type Call<N extends EndpointName> = CheckedRequestOf<N> &
  CallFacts & {
    readonly principal: AccessOf<N> extends { readonly type: 'public' } ? undefined : Principal
    /** `any_home`: the homes the caller may see here. `of_home`: the one home. Else none. */
    readonly homeIds: readonly string[]
    /** `of_home`: the home of the thing; else empty. */
    readonly homeId: string
  }

export type Refusal = {
  readonly type: 'refused'
  readonly code: ProblemCode
  /** For a person: what is wrong and what to do. */
  readonly detail: string
  readonly more?: Pick<ApiProblem, 'errors' | 'current_version' | 'retry_after_s'>
}

export type Done<T> = {
  readonly type: 'done'
  readonly body: T
  /** Sent as a strong ETag. */
  readonly version?: number
  /** The next refresh token; null ends the cookie. */
  readonly refreshToken?: string | null
}

export type FileBody = {
  readonly type: 'file'
  readonly bytes: ReadableStream<Uint8Array>
  readonly contentType: string
  readonly fileName: string
}

export type Outcome<N extends EndpointName> = Refusal | Done<ReplyOf<N>> | JsonBytes | FileBody

export type Action<N extends EndpointName> = (call: Call<N>) => Outcome<N> | Promise<Outcome<N>>

/** An action for each of some endpoints: one that is forgotten is named by the compiler. */
export type Actions<N extends EndpointName = EndpointName> = { readonly [Name in N]: Action<Name> }

/** The names of the endpoints of one resource. */
export type NamesOf<E> = Extract<keyof E, keyof Contract>

export const done = <T>(body: T, more: Omit<Done<T>, 'type' | 'body'> = {}): Done<T> => ({
  type: 'done',
  body,
  ...more,
})

export const refused = (code: ProblemCode, detail: string, more?: Refusal['more']): Refusal => ({
  type: 'refused',
  code,
  detail,
  ...(more && { more }),
})

/** One text for what is not there and what is not yours: whoever guesses ids learns nothing. */
export const notFound = (): Refusal => refused('not_found', 'There is no such thing, or it is not yours to see.')

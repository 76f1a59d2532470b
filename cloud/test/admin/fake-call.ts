import type { CheckedRequestOf, EndpointName, ReplyOf } from '@mynah/shared/api/contract.ts'
import type { Me } from '@mynah/shared/api/people.ts'
import type { FakeState } from './fake-state.ts'

export type Call<N extends EndpointName> = CheckedRequestOf<N> & {
  readonly state: FakeState
  /** Who asks; the first person where the endpoint is public. */
  readonly me: Me
  readonly ifMatch: number | undefined
}
export type Handlers = { readonly [N in EndpointName]?: (call: Call<N>) => ReplyOf<N> | Promise<ReplyOf<N>> }

import type * as v from 'valibot'
import { aiSettingsEndpoints } from './ai-settings.ts'
import { alertEndpoints } from './alerts.ts'
import { announcementEndpoints } from './announcements.ts'
import { deviceEndpoints } from './devices.ts'
import type { BinaryBody, Endpoint, ParamsOf, StreamedBody } from './endpoint.ts'
import { firmwareEndpoints } from './firmware.ts'
import { homeEndpoints } from './homes.ts'
import { joiningEndpoints } from './joining.ts'
import { liveEndpoints } from './live.ts'
import { ownWordEndpoints } from './own-words.ts'
import { peopleEndpoints } from './people.ts'
import { scheduleEndpoints } from './schedules.ts'
import { systemEndpoints } from './system.ts'
import { talkEndpoints } from './talk.ts'
import { turnEndpoints } from './turns.ts'

/** Every endpoint of the API: the cloud implements it, the panel calls it, OpenAPI is generated from it. */
export const contract = {
  ...peopleEndpoints,
  ...homeEndpoints,
  ...deviceEndpoints,
  ...joiningEndpoints,
  ...scheduleEndpoints,
  ...ownWordEndpoints,
  ...announcementEndpoints,
  ...turnEndpoints,
  ...aiSettingsEndpoints,
  ...systemEndpoints,
  ...firmwareEndpoints,
  ...liveEndpoints,
  ...alertEndpoints,
  ...talkEndpoints,
} as const satisfies Record<string, Endpoint>

export type Contract = typeof contract
export type EndpointName = keyof Contract
export type EndpointOf<N extends EndpointName> = Contract[N]

type QueryOf<E> = E extends { readonly query: infer Q extends v.GenericSchema } ? Q : undefined
type BodyOf<E> = E extends { readonly body: infer B } ? B : undefined
type NonEmpty<K extends string, T> = [T] extends [never] ? unknown : { readonly [Key in K]: T }

type ParamValues<E extends { readonly path: string }> = [ParamsOf<E['path']>] extends [never]
  ? never
  : { readonly [P in ParamsOf<E['path']>]: string }
type QueryInput<E> = QueryOf<E> extends v.GenericSchema ? v.InferInput<QueryOf<E>> : never
type BodyInput<E> =
  BodyOf<E> extends v.GenericSchema
    ? v.InferInput<BodyOf<E>>
    : BodyOf<E> extends StreamedBody
      ? Uint8Array | Blob
      : BodyOf<E> extends BinaryBody
        ? Uint8Array
        : never

/** What a caller gives: `params` and `body` where the endpoint has them, `query` where it may. */
export type RequestOf<N extends EndpointName> = NonEmpty<'params', ParamValues<EndpointOf<N>>> &
  NonEmpty<'body', BodyInput<EndpointOf<N>>> &
  ([QueryInput<EndpointOf<N>>] extends [never] ? unknown : { readonly query?: QueryInput<EndpointOf<N>> })

/** What a handler gets, checked. A part that the endpoint has not is undefined. */
export type CheckedRequestOf<N extends EndpointName> = {
  readonly params: { readonly [P in ParamsOf<EndpointOf<N>['path']>]: string }
  readonly query: QueryOf<EndpointOf<N>> extends v.GenericSchema ? v.InferOutput<QueryOf<EndpointOf<N>>> : undefined
  readonly body: BodyOf<EndpointOf<N>> extends v.GenericSchema
    ? v.InferOutput<BodyOf<EndpointOf<N>>>
    : BodyOf<EndpointOf<N>> extends StreamedBody
      ? AsyncIterable<Uint8Array>
      : BodyOf<EndpointOf<N>> extends BinaryBody
        ? Uint8Array
        : undefined
}

/** What comes back. Files come as bytes. */
export type ReplyOf<N extends EndpointName> = EndpointOf<N>['reply'] extends v.GenericSchema
  ? v.InferOutput<EndpointOf<N>['reply']>
  : EndpointOf<N>['reply'] extends 'file'
    ? Uint8Array
    : undefined

export const endpointNames = Object.keys(contract) as readonly EndpointName[] // The keys of the literal above.

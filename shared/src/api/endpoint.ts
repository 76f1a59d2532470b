import type * as v from 'valibot'
import type { PathParam } from './fields.ts'

/** What somebody may do in one home; each holds what the one before holds. */
export const roles = ['viewer', 'member', 'admin'] as const
export type Role = (typeof roles)[number]

/** What an API token was made for. A person's own login holds all of them. */
export const scopes = [
  'devices:read',
  'devices:write',
  'turns:read',
  'turns:write',
  'homes:read',
  'homes:write',
  'system:read',
  'system:write',
] as const
export type Scope = (typeof scopes)[number]

/** The parameters from which the home of a thing is found. */
export type HomeParam = 'home_id' | 'device_id' | 'session_id'

/**
 * Who may call an endpoint, as data: the gateway enforces it in one place, before any handler runs.
 * - `public`: anybody. - `signed_in`: any person. - `any_home`: any person; what is listed comes only from homes where they have at least this role.
 * - `of_home`: at least this role in the home of the thing that the path parameter `by` names; a stranger gets 404, as if it did not exist.
 * - `system`: whoever runs this cloud.
 */
export type AccessRule<P extends string = string> =
  | { readonly type: 'public' }
  | { readonly type: 'signed_in' }
  | { readonly type: 'any_home'; readonly atLeast: Role }
  | { readonly type: 'of_home'; readonly atLeast: Role; readonly by: ParamsOf<P> & HomeParam }
  | { readonly type: 'system' }

/** The names in braces of a path: `ParamsOf<'/api/devices/{device_id}/config'>` is `'device_id'`. */
export type ParamsOf<P extends string> = string extends P
  ? PathParam
  : P extends `${string}{${infer Name}}${infer Rest}`
    ? Name | ParamsOf<Rest>
    : never

/** A body that is not JSON. */
export type BinaryBody = {
  readonly type: 'binary'
  readonly contentType: 'audio/wav' | 'application/vnd.sqlite3' | 'application/octet-stream'
  readonly maxBytes: number
  /** Handed on as it comes in, in place of being kept in memory. */
  readonly streamed?: true
}
export type StreamedBody = BinaryBody & { readonly streamed: true }

export type EndpointSpec<P extends string = string> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly access: AccessRule<P>
  /** The scope that an API token needs; `none`: API tokens are not accepted. Without meaning when `public`. */
  readonly scope: Scope | 'none'
  readonly summary: string
  readonly query?: v.GenericSchema
  readonly body?: v.GenericSchema | BinaryBody
  /** `none`: the answer has no body (204). `file`: bytes to be saved. */
  readonly reply: v.GenericSchema | 'none' | 'file'
  readonly status: 200 | 201 | 202 | 204
  /** Authenticated by the refresh cookie: needs the header `x-mynah-request`, which no other site can send. */
  readonly usesCookie?: true
  /**
   * Takes the header `Idempotency-Key`: the same request with the same key within 24 hours is done once and answered alike. For what
   * creates something; every other method and request may be repeated as it is.
   */
  readonly onceByKey?: true
}

export type Endpoint = EndpointSpec & { readonly path: `/api/${string}` }

/** One endpoint. A name in braces that has no schema in fields.ts, or no access rule, does not compile. */
export const endpoint = <const P extends `/api/${string}`, const S extends EndpointSpec<P>>(
  path: ParamsOf<P> extends PathParam ? P : never,
  spec: S,
): S & { readonly path: P } => ({ ...spec, path: path as P }) // The conditional type of `path` is P wherever this compiles.

export const isBinary = (body: v.GenericSchema | BinaryBody): body is BinaryBody => body.type === 'binary'

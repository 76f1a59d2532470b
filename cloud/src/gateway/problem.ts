import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export type Problem = {
  readonly status: ContentfulStatusCode
  /** Machine-readable, snake_case. */
  readonly code: string
  /** For a person: what is wrong and what to do. Never holds a secret or what somebody said. */
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
}

/** RFC 9457 `application/problem+json`, with `code` and, for speakers, `error {code, message}` as extension members. */
export const problem = (c: Context, { status, code, detail, headers }: Problem): Response => {
  const body = {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail,
    code,
    error: { code, message: detail },
  }
  return c.body(JSON.stringify(body), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...headers,
  })
}

/** Who asks is not a speaker of this cloud that shows its password. */
export const speakerUnknown = (c: Context): Response =>
  problem(c, {
    status: 401,
    code: 'unauthenticated',
    detail: 'Send Authorization: Bearer device_id:password.',
    headers: { 'www-authenticate': 'Bearer realm="mynah device"' },
  })

import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import type { ProblemCode } from '@mynah/shared/api/problem.ts'
import type { Done, FileBody, JsonText, Refusal } from './action.ts'

const problems: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  bad_request: [400, 'Bad request'],
  not_json: [400, 'Bad request'],
  bad_sound: [400, 'Bad request'],
  unauthenticated: [401, 'Not signed in'],
  token_expired: [401, 'Not signed in'],
  wrong_credentials: [401, 'Not signed in'],
  totp_required: [401, 'Not signed in'],
  wrong_totp: [401, 'Not signed in'],
  session_ended: [401, 'Not signed in'],
  cross_site: [403, 'Not allowed'],
  forbidden: [403, 'Not allowed'],
  scope_missing: [403, 'Not allowed'],
  not_found: [404, 'Not found'],
  link_unknown: [404, 'Not found'],
  code_unknown: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  conflict: [409, 'Conflict'],
  version_conflict: [409, 'Conflict'],
  login_taken: [409, 'Conflict'],
  last_admin: [409, 'Conflict'],
  already_set_up: [409, 'Conflict'],
  device_offline: [409, 'Conflict'],
  link_used: [410, 'Gone'],
  link_expired: [410, 'Gone'],
  too_large: [413, 'Too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'Internal error'],
  unavailable: [503, 'Not available'],
}

/** Nothing but the style sheet of our own page: no script, no frame, no other host, nothing inline. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const noStore = { ...securityHeaders, 'cache-control': 'no-store' }
const json = { 'content-type': 'application/json; charset=utf-8' }

export const problemResponse = ({ code, detail, more }: Refusal, headers: Record<string, string> = {}): Response => {
  const [status, title] = problems[code]
  const body = { type: 'about:blank', title, status, detail, code, ...more, error: { code, message: detail } }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...noStore,
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="mynah"' }),
      ...(more?.retry_after_s !== undefined && { 'retry-after': String(more.retry_after_s) }),
      ...headers,
    },
  })
}

const doneResponse = ({ body, version }: Done<unknown>, { status, reply }: Endpoint): Response => {
  const etag = version === undefined ? {} : { etag: `"${version}"` }
  if (reply === 'none') return new Response(null, { status: 204, headers: noStore })
  return new Response(JSON.stringify(body), { status, headers: { ...json, ...noStore, ...etag } })
}

/** `no-cache`: a browser keeps the body and asks each time whether it is still the same. */
const textResponse = ({ text, etag }: JsonText, ifNoneMatch: string | undefined): Response => {
  const headers = { ...securityHeaders, ...json, etag, 'cache-control': 'private, no-cache', vary: 'authorization' }
  return ifNoneMatch === etag
    ? new Response(null, { status: 304, headers })
    : new Response(text, { status: 200, headers })
}

const fileResponse = ({ bytes, contentType, fileName }: FileBody): Response =>
  new Response(bytes, {
    status: 200,
    headers: { 'content-type': contentType, ...noStore, 'content-disposition': `attachment; filename="${fileName}"` },
  })

export const responseOf = (
  outcome: Refusal | Done<unknown> | JsonText | FileBody,
  endpoint: Endpoint,
  ifNoneMatch: string | undefined,
): Response => {
  switch (outcome.type) {
    case 'refused':
      return problemResponse(outcome)
    case 'done':
      return doneResponse(outcome, endpoint)
    case 'json_text':
      return textResponse(outcome, ifNoneMatch)
    case 'file':
      return fileResponse(outcome)
  }
}

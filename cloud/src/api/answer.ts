import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import type { ProblemCode } from '@mynah/shared/api/problem.ts'
import type { JsonBytes } from '../live/json-bytes.ts'
import type { Done, FileBody, Refusal } from './action.ts'

const problems: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  bad_request: [400, 'Bad request'],
  not_json: [400, 'Bad request'],
  bad_sound: [400, 'Bad request'],
  bad_firmware: [400, 'Bad request'],
  firmware_untrusted: [403, 'Not allowed'],
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
  key_reused: [422, 'Unprocessable content'],
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

/** An answer before it is one of `fetch` or of `node:http`. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Apart from the other headers, which are the same for most answers. */
  readonly etag?: string
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null
}

export type LooseOutcome = Refusal | Done<unknown> | JsonBytes | FileBody

export const problemAnswer = ({ code, detail, more }: Refusal, headers: Record<string, string> = {}): Answer => {
  const [status, title] = problems[code]
  const body = { type: 'about:blank', title, status, detail, code, ...more, error: { code, message: detail } }
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...noStore,
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="mynah"' }),
      ...(more?.retry_after_s !== undefined && { 'retry-after': String(more.retry_after_s) }),
      ...headers,
    },
    body: JSON.stringify(body),
  }
}

const jsonOnce = { ...json, ...noStore }

const doneAnswer = ({ body, version }: Done<unknown>, { status, reply }: Endpoint): Answer => {
  if (reply === 'none') return { status: 204, headers: noStore, body: null }
  const etag = version === undefined ? {} : { etag: `"${version}"` }
  return { status, headers: jsonOnce, ...etag, body: JSON.stringify(body) }
}

const keptHeaders = { ...securityHeaders, ...json, 'cache-control': 'private, no-cache', vary: 'authorization' }

/** `no-cache`: a browser keeps the body and asks each time whether it is still the same. */
const bytesAnswer = ({ bytes, etag }: JsonBytes, ifNoneMatch: string | undefined): Answer => {
  const isKnown = ifNoneMatch === etag
  return { status: isKnown ? 304 : 200, headers: keptHeaders, etag, body: isKnown ? null : bytes }
}

const fileAnswer = ({ bytes, contentType, fileName }: FileBody): Answer => ({
  status: 200,
  headers: { 'content-type': contentType, ...noStore, 'content-disposition': `attachment; filename="${fileName}"` },
  body: bytes,
})

export const answerOf = (outcome: LooseOutcome, endpoint: Endpoint, ifNoneMatch: string | undefined): Answer => {
  switch (outcome.type) {
    case 'refused':
      return problemAnswer(outcome)
    case 'done':
      return doneAnswer(outcome, endpoint)
    case 'json_bytes':
      return bytesAnswer(outcome, ifNoneMatch)
    case 'file':
      return fileAnswer(outcome)
  }
}

export const responseOf = ({ status, headers, etag, body }: Answer): Response =>
  new Response(body, { status, headers: etag === undefined ? headers : { ...headers, etag } })

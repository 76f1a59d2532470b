import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import { type PostAnswer, type PostDeps, postJson } from '../link/post-json.ts'

const issuedSchema = v.object({
  v: v.literal(1),
  code: v.pipe(v.string(), v.regex(/^\d{6}$/)),
  poll_token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  poll_after_s: v.pipe(v.number(), v.minValue(1), v.maxValue(60)),
})
const polledSchema = v.variant('state', [
  v.object({ v: v.literal(1), state: v.literal('waiting') }),
  v.object({ v: v.literal(1), state: v.literal('claimed'), token: v.pipe(v.string(), v.maxLength(200)) }),
])

/** Nothing to be learned now; `retryAfterMs` when the cloud says when. */
export type Away = { readonly type: 'away'; readonly why: string; readonly retryAfterMs?: number }
export type AskedCode =
  | { readonly type: 'code'; readonly code: string; readonly pollToken: string; readonly pollAfterMs: number }
  | Away
export type PolledCode =
  | { readonly type: 'waiting' }
  | { readonly type: 'claimed'; readonly token: string }
  /** Expired, or taken back. */
  | { readonly type: 'gone' }
  | Away

const awayOf = ({ status, retryAfterMs }: PostAnswer): Away => ({
  type: 'away',
  why: `status ${status}`,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})
const notMynah: Away = { type: 'away', why: 'the address answers, but not as a Mynah cloud does' }

/** `POST /api/enrol/codes`. Never rejects. */
export const askForCode = async (
  deps: PostDeps,
  request: { readonly cloudUrl: string; readonly deviceId: string; readonly language: Language },
  signal: AbortSignal,
): Promise<AskedCode> => {
  const { cloudUrl, deviceId, language } = request
  const body = { v: 1, device_id: deviceId, language }
  const answer = await postJson(deps, new URL('/api/enrol/codes', cloudUrl), body, signal)
  if (!answer.ok) return { type: 'away', why: answer.error }
  if (answer.value.status >= 400) return awayOf(answer.value)
  const issued = v.safeParse(issuedSchema, parseJson(answer.value.text))
  if (!issued.success) return notMynah
  const { code, poll_token: pollToken, poll_after_s: pollAfterS } = issued.output
  return { type: 'code', code, pollToken, pollAfterMs: pollAfterS * 1_000 }
}

/** `POST /api/enrol/codes/poll`. Never rejects. */
export const pollCode = async (
  deps: PostDeps,
  request: { readonly cloudUrl: string; readonly pollToken: string },
  signal: AbortSignal,
): Promise<PolledCode> => {
  const body = { v: 1, poll_token: request.pollToken }
  const answer = await postJson(deps, new URL('/api/enrol/codes/poll', request.cloudUrl), body, signal)
  if (!answer.ok) return { type: 'away', why: answer.error }
  if (answer.value.status >= 400) return isUnknownCode(answer.value) ? { type: 'gone' } : awayOf(answer.value)
  const polled = v.safeParse(polledSchema, parseJson(answer.value.text))
  if (!polled.success) return notMynah
  return polled.output.state === 'claimed' ? { type: 'claimed', token: polled.output.token } : { type: 'waiting' }
}

/** A 404 of something else than a cloud (a proxy whose cloud is away) must not cost the code. */
const isUnknownCode = ({ status, text }: PostAnswer): boolean =>
  status === 404 && v.is(v.object({ code: v.literal('code_unknown') }), parseJson(text))

import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { withTimeLimit } from '@mynah/shared/streams/time-limit.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

export type PostDeps = { readonly clock: Clock; readonly fetch: typeof fetch }

/** The answer of the cloud as text, read up to a bound; `retryAfterMs` when it says when to come again. */
export type PostAnswer = { readonly status: number; readonly text: string; readonly retryAfterMs?: number }

const requestTimeoutMs = 10_000
const maxAnswerBytes = 16_384

const requested = async (
  { fetch }: PostDeps,
  url: URL,
  body: unknown,
  signal: AbortSignal,
): Promise<Result<PostAnswer, string>> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
    const text = await readText(response)
    if (text === undefined) return refuse(`an answer of more than ${maxAnswerBytes} bytes`)
    if (response.status >= 500) return refuse(`status ${response.status}`)
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return ok({ status: response.status, text, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) })
  } catch (error) {
    return refuse(causeOf(error))
  }
}

/** Sends JSON and waits 10 s at most. The refusal is a sentence: no answer, a 5xx, or one that is too long. Never rejects. */
export const postJson = (
  deps: PostDeps,
  url: URL,
  body: unknown,
  signal: AbortSignal,
): Promise<Result<PostAnswer, string>> =>
  withTimeLimit(
    { clock: deps.clock, limitMs: requestTimeoutMs },
    (within) => requested(deps, url, body, within),
    signal,
  )

const readText = async (response: Response): Promise<string | undefined> => {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of response.body ?? []) {
    sizeBytes += part.length
    // Leaving the loop cancels the body.
    if (sizeBytes > maxAnswerBytes) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

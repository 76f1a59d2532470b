import { ok, type Result, refuse } from '@mynah/shared/result.ts'

export type FetchRefusal = { readonly code: 'unreachable' | 'refused' | 'too_long'; readonly message: string }

export type FetchBytesRequest = {
  readonly fetch: typeof fetch
  readonly url: URL
  readonly bearer?: string
  readonly maxBytes: number
}

/** The body of a GET, read only up to `maxBytes` whatever the server claims. Never rejects. */
export const fetchBytes = async (
  request: FetchBytesRequest,
  signal: AbortSignal,
): Promise<Result<Uint8Array, FetchRefusal>> => {
  try {
    const headers = request.bearer ? { authorization: `Bearer ${request.bearer}` } : {}
    const response = await request.fetch(request.url, { headers, signal })
    if (!response.ok) {
      await response.body?.cancel()
      return refuse({ code: 'refused', message: `status ${response.status}` })
    }
    return await readBounded(response, request.maxBytes)
  } catch (error) {
    return refuse({ code: 'unreachable', message: error instanceof Error ? error.message : String(error) })
  }
}

const readBounded = async (response: Response, maxBytes: number): Promise<Result<Uint8Array, FetchRefusal>> => {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  if (!response.body) return ok(new Uint8Array())
  for await (const part of response.body) {
    sizeBytes += part.length
    // Leaving the loop cancels the body.
    if (sizeBytes > maxBytes) return refuse({ code: 'too_long', message: `more than ${maxBytes} bytes` })
    parts.push(part)
  }
  return ok(Buffer.concat(parts))
}

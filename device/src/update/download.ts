import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'

export type DownloadOrder = {
  readonly fetch: typeof fetch
  readonly url: URL
  readonly bearer: string
  readonly path: string
  readonly sizeBytes: number
  /** 64 hex digits. */
  readonly sha256: string
}

export type DownloadFailure = {
  readonly code: 'unreachable' | 'refused' | 'damaged'
  readonly message: string
}

/** Of what is there of a file so far. */
export const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size
  } catch {
    // Nothing of it is here yet.
    return 0
  }
}

const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part)
  return hash.digest('hex')
}

const writeBody = async (response: Response, { path, sizeBytes }: DownloadOrder, fromByte: number): Promise<void> => {
  const file = await open(path, fromByte === 0 ? 'w' : 'r+')
  try {
    let at = fromByte
    for await (const part of response.body ?? []) {
      // More than was signed for is not written, whatever the server sends.
      const wanted = part.subarray(0, sizeBytes - at)
      await file.write(wanted, 0, wanted.length, at)
      at += wanted.length
      if (wanted.length < part.length) break
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * The payload in one file, complete and as it was signed. What an earlier try brought is gone on with, not fetched again; what turns
 * out to be damaged is emptied. Never rejects.
 */
export const download = async (
  order: DownloadOrder,
  signal: AbortSignal,
): Promise<Result<undefined, DownloadFailure>> => {
  try {
    const have = await sizeOf(order.path)
    const fromByte = have > order.sizeBytes ? 0 : have
    if (fromByte < order.sizeBytes) {
      const range: Record<string, string> =
        fromByte > 0 ? { range: `bytes=${fromByte}-`, 'if-range': `"${order.sha256}"` } : {}
      const headers = { authorization: `Bearer ${order.bearer}`, ...range }
      const response = await order.fetch(order.url, { headers, signal })
      if (!response.ok) {
        await response.body?.cancel()
        return refuse({ code: 'refused', message: `status ${response.status}` })
      }
      // 200 to a request for a range: the server sends all of it.
      await writeBody(response, order, response.status === 206 ? fromByte : 0)
    }
    const size = await sizeOf(order.path)
    if (size < order.sizeBytes)
      return refuse({ code: 'unreachable', message: `${size} of ${order.sizeBytes} bytes came` })
    if ((await sha256Of(order.path)) === order.sha256) return ok(undefined)
    const file = await open(order.path, 'w')
    await file.close()
    return refuse({ code: 'damaged', message: 'what came is not what was signed' })
  } catch (error) {
    return refuse({ code: 'unreachable', message: error instanceof Error ? error.message : String(error) })
  }
}

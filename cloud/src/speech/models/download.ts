import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { ModelError, modelErrorOf } from './model-error.ts'

export type DownloadOptions = {
  readonly url: string
  /** The finished file; while it grows it is called `<path>.part`, which a later call goes on with. */
  readonly path: string
  readonly onProgress: (progress: Progress) => void
}

/** `totalBytes` is undefined when the server does not tell it. */
export type Progress = { readonly receivedBytes: number; readonly totalBytes: number | undefined }

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size
  } catch {
    // Not there yet.
    return 0
  }
}

const totalIn = (response: Response, haveBytes: number): number | undefined => {
  const [, total] = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? []
  if (total !== undefined) return Number(total)
  const length = response.headers.get('content-length')
  return length === null ? undefined : Number(length) + haveBytes
}

const refusalOf = ({ status }: Response, url: string): ModelError =>
  status === 404
    ? new ModelError('not_found', `the server has no ${new URL(url).pathname} (404)`)
    : new ModelError('server_refused', `the server answered ${status}: try again later`)

/** The rest of the file, or all of it when the server cannot go on in the middle. */
const request = async (url: string, haveBytes: number, signal: AbortSignal) => {
  const headers = haveBytes > 0 ? { range: `bytes=${haveBytes}-` } : undefined
  const response = await fetch(url, { signal, ...(headers ? { headers } : {}) })
  const resumes = response.status === 206
  if (response.status === 416) return { response, resumes: false, complete: true }
  if (!response.ok || !response.body) throw refusalOf(response, url)
  return { response, resumes, complete: false }
}

const writeBody = async (response: Response, partPath: string, haveBytes: number, options: DownloadOptions) => {
  const totalBytes = totalIn(response, haveBytes)
  const file = await open(partPath, haveBytes > 0 ? 'a' : 'w')
  let receivedBytes = haveBytes
  try {
    for await (const chunk of response.body ?? []) {
      await file.write(chunk)
      receivedBytes += chunk.length
      options.onProgress({ receivedBytes, totalBytes })
    }
  } finally {
    await file.close()
  }
  if (totalBytes !== undefined && receivedBytes < totalBytes) {
    throw new ModelError('interrupted', `${totalBytes} bytes expected, ${receivedBytes} came: pull again to go on`)
  }
}

/**
 * Downloads a file, going on with what an earlier call left. Throws `ModelError`; what has come stays for the next call. A part
 * that the server says is already whole counts as finished: the digest decides.
 */
export const download = async (options: DownloadOptions, signal: AbortSignal): Promise<void> => {
  const { url, path } = options
  const partPath = `${path}.part`
  try {
    const haveBytes = await sizeOf(partPath)
    const { response, resumes, complete } = await request(url, haveBytes, signal)
    if (complete) await response.body?.cancel()
    else await writeBody(response, partPath, resumes ? haveBytes : 0, options)
    await rename(partPath, path)
  } catch (error) {
    throw modelErrorOf(error, url)
  }
}

export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Throws `ModelError('wrong_digest')` and removes the file when it is not the one that was meant. */
export const verifyDigest = async (path: string, wanted: string): Promise<void> => {
  const digest = await sha256Of(path)
  if (digest === wanted.toLowerCase()) return
  await rm(path, { force: true })
  throw new ModelError(
    'wrong_digest',
    `the file is not the expected one and was removed: sha256 ${digest}, not ${wanted}`,
  )
}

export type ModelErrorCode =
  | 'unknown_model'
  | 'not_found'
  | 'offline'
  | 'interrupted'
  | 'server_refused'
  | 'disk_full'
  | 'wrong_digest'
  | 'unverified'
  | 'bad_archive'

/** A model could not be installed. The message is a sentence for the owner and says what to do. */
export class ModelError extends Error {
  readonly code: ModelErrorCode
  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ModelError'
    this.code = code
  }
}

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

const offlineCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT'])
const cutCodes = new Set(['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'EPIPE'])

/** What a failed download means to the owner. */
export const modelErrorOf = (cause: unknown, url: string): ModelError => {
  if (cause instanceof ModelError) return cause
  const code = codeOf(cause)
  if (code === 'ENOSPC')
    return new ModelError('disk_full', 'the disk is full: free some space and pull again', { cause })
  if (code && offlineCodes.has(code)) {
    return new ModelError('offline', `${new URL(url).host} cannot be reached (${code}): is this machine online?`, {
      cause,
    })
  }
  if (code && !cutCodes.has(code)) {
    return new ModelError('interrupted', `the download failed (${code})`, { cause })
  }
  return new ModelError('interrupted', 'the connection was cut: pull again to go on where it stopped', { cause })
}

export type EngineErrorCode =
  /** Every decoder is taken and the wait was too long. */
  | 'busy'
  /** No engine for this language or voice is installed. */
  | 'not_installed'
  /** The request itself cannot be served: a grammar that does not compile, an empty text. */
  | 'bad_request'
  | 'failed'

/** An engine could not do its work. The message never holds what was said. */
export class EngineError extends Error {
  readonly code: EngineErrorCode
  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineError'
    this.code = code
  }
}

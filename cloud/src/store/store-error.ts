export type StoreErrorCode =
  | 'key_missing'
  | 'key_invalid'
  | 'wrong_key'
  | 'newer_database'
  | 'not_a_database'
  | 'bad_row'

/** The store cannot be opened or read; the message is one sentence for the person who runs the cloud. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

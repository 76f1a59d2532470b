import { status } from '@grpc/grpc-js'
import { EngineError, type EngineErrorCode } from '@mynah/shared/speech/engine-error.ts'

/** What gRPC tells the client. */
export type CallStatus = Error & { readonly code: status; readonly details: string }

const codes: Record<EngineErrorCode, status> = {
  busy: status.RESOURCE_EXHAUSTED,
  not_installed: status.UNIMPLEMENTED,
  bad_request: status.INVALID_ARGUMENT,
  failed: status.INTERNAL,
}

/** An `EngineError` keeps its sentence; anything else stays inside, since it may quote what was said. */
export const statusOf = (error: unknown): CallStatus => {
  const known = error instanceof EngineError
  const details = known ? error.message : 'the engine failed'
  return Object.assign(new Error(details), { code: known ? codes[error.code] : status.INTERNAL, details })
}

export const invalidRequest = (message: string): EngineError => new EngineError('bad_request', message)

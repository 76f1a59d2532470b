import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { type Stage, StageError, type StageErrorCode } from './stages.ts'

/** A speech server with the Riva contract: our own speech service, or any other. */
export type RivaAddress = {
  /** host:port */
  readonly address: string
  /** Sent as `authorization: Bearer ...`. */
  readonly token?: string
  readonly tls?: boolean
}

export type RivaConnection = { readonly client: Client; readonly metadata: () => Metadata }

const maxMessageBytes = 8 * 1024 * 1024

/** One HTTP/2 connection for all calls; it is opened when first used and reconnects by itself, soon after the server is back. */
export const connectRiva = ({ address, token, tls = false }: RivaAddress): RivaConnection => {
  const client = new Client(address, tls ? credentials.createSsl() : credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.max_receive_message_length': maxMessageBytes,
  })
  return {
    client,
    metadata: () => {
      const metadata = new Metadata()
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
      return metadata
    },
  }
}

export const languageCodeOf = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en-US')

const codeOf: Partial<Record<status, StageErrorCode>> = {
  [status.UNAVAILABLE]: 'unavailable',
  [status.UNIMPLEMENTED]: 'unavailable',
  [status.UNAUTHENTICATED]: 'refused',
  [status.PERMISSION_DENIED]: 'refused',
  [status.INVALID_ARGUMENT]: 'refused',
  [status.FAILED_PRECONDITION]: 'unavailable',
  [status.NOT_FOUND]: 'unavailable',
  [status.RESOURCE_EXHAUSTED]: 'unavailable',
  [status.DEADLINE_EXCEEDED]: 'timeout',
  [status.INTERNAL]: 'crashed',
  [status.UNKNOWN]: 'crashed',
  [status.DATA_LOSS]: 'bad_reply',
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number'

/** A gRPC failure as that of a stage. The server's own words are left out: they may hold what was said. */
export const stageErrorOf = (stage: Stage, error: unknown): StageError => {
  if (error instanceof StageError) return error
  if (!isServiceError(error)) return new StageError(stage, 'crashed', 'the speech server broke off')
  const code = codeOf[error.code] ?? 'crashed'
  return new StageError(stage, code, `the speech server answered ${status[error.code] ?? error.code}`)
}

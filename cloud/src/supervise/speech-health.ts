import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { checkHealth } from '../speech/contract/contract.ts'

export type SpeechHealth = {
  /** True when the speech server answers that it serves, or that it has no such check; never rejects. */
  readonly check: () => Promise<boolean>
  readonly close: () => void
}

type SpeechHealthDeps = {
  readonly clock: Pick<Clock, 'wallTime'>
  /** host:port */
  readonly address: string
  readonly token?: string
  readonly tls?: boolean
}

const answerWithinMs = 1_000

/** Asks a speech server (ours, or Riva) by the standard gRPC health check. */
export const createSpeechHealth = ({ clock, address, token, tls }: SpeechHealthDeps): SpeechHealth => {
  const client = new Client(address, tls ? credentials.createSsl() : credentials.createInsecure())
  const { path, requestSerialize, responseDeserialize } = checkHealth
  return {
    check: () =>
      new Promise((resolve) => {
        const metadata = new Metadata()
        if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
        const deadline = clock.wallTime().getTime() + answerWithinMs
        const onAnswer = (error: ServiceError | null, answer?: { readonly status: string }) =>
          resolve(error ? error.code === status.UNIMPLEMENTED : answer?.status === 'SERVING')
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          { service: '' },
          metadata,
          { deadline },
          onAnswer,
        )
      }),
    close: () => client.close(),
  }
}

import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { checkHealth } from '../speech/contract/contract.ts'

export type SpeechHealth = {
  /**
   * True when the speech server answers that it serves, or that it has no such check; never rejects. One that is too busy to answer in
   * time is what it said last, for ten seconds: work is no reason to call it dead.
   */
  readonly check: () => Promise<boolean>
  /** Resolves when the server has answered or cannot be reached, or when `signal` aborts: from then on `check` knows something. */
  readonly untilKnown: (signal: AbortSignal) => Promise<void>
  readonly close: () => void
}

type SpeechHealthDeps = {
  readonly clock: Pick<Clock, 'now' | 'wallTime'>
  /** host:port */
  readonly address: string
  readonly token?: string
  readonly tls?: boolean
}

const answerWithinMs = 2_000
const believedForMs = 10_000

type Answer = 'serves' | 'does_not_serve' | 'silent'

const answerOf = (error: ServiceError | null, answered: string | undefined): Answer => {
  if (error?.code === status.DEADLINE_EXCEEDED) return 'silent'
  const serves = error ? error.code === status.UNIMPLEMENTED : answered === 'SERVING'
  return serves ? 'serves' : 'does_not_serve'
}

/** Asks a speech server (ours, or Riva) by the standard gRPC health check. */
export const createSpeechHealth = ({ clock, address, token, tls }: SpeechHealthDeps): SpeechHealth => {
  const client = new Client(address, tls ? credentials.createSsl() : credentials.createInsecure())
  const { path, requestSerialize, responseDeserialize } = checkHealth
  let servedAtMs: number | undefined
  const ask = (): Promise<Answer> =>
    new Promise((resolve) => {
      const metadata = new Metadata()
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
      const options = { deadline: clock.wallTime().getTime() + answerWithinMs }
      const request = { service: '' }
      client.makeUnaryRequest<typeof request, { readonly status: string }>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        options,
        (error, answer) => resolve(answerOf(error, answer?.status)),
      )
    })
  const learn = async (): Promise<Answer> => {
    const answer = await ask()
    if (answer === 'serves') servedAtMs = clock.now()
    if (answer === 'does_not_serve') servedAtMs = undefined
    return answer
  }
  return {
    check: async () => {
      const answer = await learn()
      const isBelieved = servedAtMs !== undefined && clock.now() - servedAtMs < believedForMs
      return answer === 'serves' || (answer === 'silent' && isBelieved)
    },
    untilKnown: async (signal) => {
      while (!signal.aborted && (await learn()) === 'silent');
    },
    close: () => client.close(),
  }
}

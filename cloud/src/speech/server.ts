import { timingSafeEqual } from 'node:crypto'
import {
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import { type HealthCheckRequest, healthService, recognitionService, synthesisService } from './contract/contract.ts'
import type { Recogniser } from './engines/recogniser.ts'
import type { Synthesiser } from './engines/synthesiser.ts'
import { recognitionHandlers } from './service/recognition.ts'
import { synthesisHandlers } from './service/synthesis.ts'

export type SpeechServerDeps = {
  readonly clock: Clock
  readonly log: Log
  /** In order of preference; the first that speaks the language is used. */
  readonly recognisers: readonly Recogniser[]
  readonly synthesiser: Synthesiser
  readonly address: SpeechAddress
}

export type SpeechAddress = {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Every call must carry `authorization: Bearer <token>`. Without one only the loopback address is served. */
  readonly token?: string
  readonly tls?: { readonly key: Buffer; readonly certificate: Buffer }
}

export type SpeechServer = {
  readonly port: number
  /** Lets calls under way end for `graceMs`, then cuts them. */
  readonly close: (graceMs: number) => Promise<void>
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])
const maxMessageBytes = 8 * 1024 * 1024
const maxTextLength = 2_000

const sameSecret = (given: string, wanted: string): boolean => {
  const [left, right] = [Buffer.from(given), Buffer.from(wanted)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const requireToken =
  (token: string): ServerInterceptor =>
  (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, forward) => {
            const given = String(metadata.get('authorization')[0] ?? '')
            if (sameSecret(given, `Bearer ${token}`)) forward(metadata)
            else call.sendStatus({ code: status.UNAUTHENTICATED, details: 'the bearer token is missing or wrong' })
          })
          .build()
        next(listener)
      },
    })

const healthHandlers = (serving: ReadonlySet<string>): UntypedServiceImplementation => ({
  Check: (
    call: { readonly request: HealthCheckRequest },
    answer: (error: { code: status; details: string } | null, response?: { status: string }) => void,
  ) => {
    if (call.request.service === '' || serving.has(call.request.service)) answer(null, { status: 'SERVING' })
    else answer({ code: status.NOT_FOUND, details: 'unknown service' })
  },
})

const bind = (server: Server, { host, port, tls }: SpeechAddress): Promise<number> =>
  new Promise((resolve, reject) => {
    const credentials = tls
      ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
      : ServerCredentials.createInsecure()
    server.bindAsync(`${hostInUrl(host)}:${port}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })

/**
 * Serves the speech contract. Rejects when the address is taken, and when it is not the loopback and no token is set: sound of a
 * household is not for whoever finds the port.
 */
export const startSpeechServer = async (deps: SpeechServerDeps): Promise<SpeechServer> => {
  const { address } = deps
  if (!loopback.has(address.host) && !address.token) {
    throw new Error(`serving on ${address.host} needs a token: set MYNAH_SPEECH_TOKEN, or bind to 127.0.0.1`)
  }
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    interceptors: address.token ? [requireToken(address.token)] : [],
  })
  server.addService(recognitionService, recognitionHandlers(deps))
  server.addService(synthesisService, synthesisHandlers({ ...deps, maxTextLength }))
  server.addService(
    healthService,
    healthHandlers(new Set(['nvidia.riva.asr.RivaSpeechRecognition', 'nvidia.riva.tts.RivaSpeechSynthesis'])),
  )
  const port = await bind(server, address)
  return {
    port,
    close: async (graceMs) => {
      const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
      await Promise.race([ended, deps.clock.sleep(graceMs)])
      server.forceShutdown()
      await Promise.all([...deps.recognisers.map((recogniser) => recogniser.close()), deps.synthesiser.close()])
    },
  }
}

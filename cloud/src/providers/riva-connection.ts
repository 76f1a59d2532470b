import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
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

/** One HTTP/2 connection for some calls; it is opened when first used and reconnects by itself, soon after the server is back. */
export type RivaConnection = {
  readonly client: Client
  /** Resolves when the server can be reached, at once as a rule; rejects as `unavailable` when it is not back in time. */
  readonly ready: (stage: Stage) => Promise<void>
}

/** All calls to one server. */
export type RivaServer = {
  /** A connection for one call, until `release`. */
  readonly lease: () => RivaConnection & { readonly release: () => void }
  readonly metadata: () => Metadata
  readonly close: () => void
}

const maxMessageBytes = 8 * 1024 * 1024
/** What a server may send ahead of its reader in one call: five seconds of a voice. */
const receiveWindowBytes = 256 * 1024

/** A crashed speech service of ours is back within about two seconds; the turn of who speaks just then is not lost. */
const readyWithinMs = 2_000

/**
 * What a Node server lets in is 64 kB for a whole connection until it says that it has read them: sixteen speakers send half a
 * megabyte a second, and with a hundred on one connection their sound came two seconds late.
 */
const callsPerConnection = 16
const mostConnections = 16

const createConnection = ({ clock, address, tls = false }: RivaAddress & { readonly clock: Clock }): RivaConnection => {
  let connected: Promise<boolean> | undefined
  const client = new Client(address, tls ? credentials.createSsl() : credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 400,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc-node.flow_control_window': receiveWindowBytes,
    // Else all clients of an address share one connection.
    'grpc.use_local_subchannel_pool': 1,
  })
  return {
    client,
    ready: async (stage) => {
      // One watcher for all who wait; it lasts until the server is back or the client closes.
      connected ??= new Promise<boolean>((resolve) => {
        client.waitForReady(Number.POSITIVE_INFINITY, (error) => {
          connected = undefined
          resolve(error === undefined)
        })
      })
      const patience = new AbortController()
      const isReady = await Promise.race([connected, clock.sleep(readyWithinMs, patience.signal).then(() => false)])
      patience.abort()
      if (!isReady) throw new StageError(stage, 'unavailable', 'the speech server cannot be reached')
    },
  }
}

/** As many connections as the calls under way need; the first is opened when first used. */
export const connectRiva = (deps: RivaAddress & { readonly clock: Clock }): RivaServer => {
  const connections: { readonly connection: RivaConnection; calls: number }[] = []
  const leastBusy = () => {
    const [first, ...others] = connections
    const least = first && others.reduce((one, other) => (other.calls < one.calls ? other : one), first)
    if (least && (least.calls < callsPerConnection || connections.length === mostConnections)) return least
    const opened = { connection: createConnection(deps), calls: 0 }
    connections.push(opened)
    return opened
  }
  return {
    lease: () => {
      const taken = leastBusy()
      taken.calls++
      return {
        ...taken.connection,
        release: () => {
          taken.calls--
        },
      }
    },
    metadata: () => {
      const metadata = new Metadata()
      if (deps.token !== undefined) metadata.set('authorization', `Bearer ${deps.token}`)
      return metadata
    },
    close: () => {
      for (const { connection } of connections) connection.client.close()
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

type Call = Pick<ClientReadableStream<unknown> | ClientDuplexStream<unknown, unknown>, 'cancel'> & {
  readonly on: (event: 'error', listener: () => void) => unknown
}

export type CallGuard = {
  /** Cancels the call unless `disarm` or `release` comes within the time; the call then fails as `timeout`. */
  readonly arm: (limitMs: number) => void
  readonly disarm: () => void
}

const guardCall = (call: Call, clock: Clock) => {
  let timer: Timer | undefined
  let lateAfterMs: number | undefined
  // The reader hears of errors too; without a listener of its own one between two reads would end the process.
  call.on('error', () => {})
  return {
    arm: (limitMs: number) => {
      timer?.cancel()
      timer = clock.startTimer(limitMs, () => {
        lateAfterMs = limitMs
        call.cancel()
      })
    },
    disarm: () => timer?.cancel(),
    lateAfterMs: () => lateAfterMs,
  }
}

type Guarded<C> = {
  readonly stage: Stage
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly server: RivaServer
  readonly openCall: (client: Client) => C
}

/** Reads one call: an abort of its turn cancels it and ends quietly, everything else that goes wrong is a `StageError`. */
export async function* guarded<C extends Call, T>(
  deps: Guarded<C>,
  read: (call: C, guard: CallGuard) => AsyncIterable<T>,
): AsyncGenerator<T> {
  if (deps.signal.aborted) return
  const { client, ready, release } = deps.server.lease()
  try {
    await ready(deps.stage)
    if (!deps.signal.aborted) yield* readGuarded(deps, deps.openCall(client), read)
  } finally {
    release()
  }
}

async function* readGuarded<C extends Call, T>(
  { stage, clock, signal }: Guarded<C>,
  call: C,
  read: (call: C, guard: CallGuard) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const guard = guardCall(call, clock)
  const cancel = () => call.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    yield* read(call, guard)
  } catch (error) {
    const lateAfterMs = guard.lateAfterMs()
    if (signal.aborted) return
    if (lateAfterMs === undefined) throw stageErrorOf(stage, error)
    throw new StageError(stage, 'timeout', `the speech server gave nothing within ${lateAfterMs} ms`)
  } finally {
    guard.disarm()
    signal.removeEventListener('abort', cancel)
    call.cancel()
  }
}

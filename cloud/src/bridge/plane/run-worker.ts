import { createSocket, type Socket } from 'node:dgram'
import { assertNever } from '@mynah/shared/assert-never.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { ReceivedDatagram } from '@mynah/shared/native/receive-memory.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { SpeechServers } from '../../providers/speech-servers.ts'
import type { SpeechToText, TextToSpeech } from '../../providers/stages.ts'
import { createLoopLag } from '../../supervise/loop-lag.ts'
import { type AudioWorker, createAudioWorker, type WorkerSocket } from './audio-worker.ts'
import { loadOpenSslCipher } from './openssl-cipher.ts'
import { type PacingThread, startPacingThread } from './pacing-thread.ts'
import { descriptorOfUdpPort, openUdpBacklog } from './udp-backlog.ts'
import { createUdpReader } from './udp-reader.ts'
import { createUdpSender, type UdpSender } from './udp-sender.ts'
import type { FromWorker, ToWorker, WorkerConfig } from './worker-messages.ts'

export type WorkerEngines = { readonly stt: SpeechToText; readonly tts: TextToSpeech; readonly servers: SpeechServers }

/** What a worker process hands in: its messages, its end, and the engines that fit its configuration. */
export type WorkerDeps = {
  readonly clock: Clock
  readonly post: (message: FromWorker) => void
  readonly onMessage: (listener: (message: ToWorker) => void) => void
  readonly exit: (code: number) => void
  /** `isHurried`: the process is late with its work. */
  readonly createEngines: (
    config: WorkerConfig,
    deps: { readonly log: Log; readonly isHurried: () => boolean },
  ) => WorkerEngines
}

/** The speaker holds 200 ms of a reply, and there are three processes between its end of speech and the first sound of an answer. */
const overloadBounds = { beginMs: 60, endMs: 20 } as const
/** Nobody hears it yet; less work per frame may be all that is needed. */
const hurryBounds = { beginMs: 15, endMs: 5 } as const

const socketBufferBytes = 4 * 1024 * 1024

/** A log that travels to the control process, which writes it. */
const postedLog = (post: WorkerDeps['post'], base: object = {}): Log => {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: object = {}) =>
      post({ type: 'log', level, message, fields: { ...base, ...fields } })
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: (fields) => postedLog(post, { ...base, ...fields }),
  }
}

const bind = (config: WorkerConfig): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket(config.bindHost.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', reject)
    socket.bind(config.port, config.bindHost, () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })

/** 4 MiB each way as far as the system allows (net.core.rmem_max, wmem_max): fewer lose packets in a burst. */
const enlargeBuffers = (socket: Socket, log: Log) => {
  socket.setRecvBufferSize(socketBufferBytes)
  socket.setSendBufferSize(socketBufferBytes)
  log.info('audio socket listens', {
    port: socket.address().port,
    receiveBufferBytes: socket.getRecvBufferSize(),
    sendBufferBytes: socket.getSendBufferSize(),
  })
}

/** For system calls that node:dgram does not make; undefined where the system does not offer them. */
const descriptorOf = (socket: Socket): number | undefined => {
  const { family, port } = socket.address()
  return family === 'IPv4' ? descriptorOfUdpPort(port) : undefined
}

type Listener = Parameters<WorkerSocket['onDatagram']>[0]

/** Runs one audio worker on its own UDP port until told to stop. */
export const runWorker = (deps: WorkerDeps): void => {
  const { clock, post } = deps
  const log = postedLog(post)
  let worker: AudioWorker | undefined
  let socket: Socket | undefined
  let sender: UdpSender | undefined
  let pacing: PacingThread | undefined
  let onDatagram: Listener = () => {}
  const ending = new AbortController()
  const lag = createLoopLag({ clock })
  const isHurried = lag.beyond(hurryBounds)
  lag.beyond(overloadBounds, (isOverloaded) => post({ type: 'overload', isOverloaded, lagMs: lag.lagMs() }))

  const workerSocket = ({ send }: UdpSender): WorkerSocket => ({
    send: (bytes, path) => {
      if (path.type === 'tunnel') post({ type: 'tunnel_send', tunnelId: path.tunnelId, bytes })
      else send(bytes, path.host, path.port)
    },
    onDatagram: (listener) => {
      onDatagram = listener
    },
  })
  const start = async (config: WorkerConfig) => {
    const udp = await bind(config)
    socket = udp
    udp.on('error', (error) => {
      log.error('audio socket failed', { error })
      deps.exit(1)
    })
    const engines = deps.createEngines(config, { log, isHurried })
    const descriptor = descriptorOf(udp)
    sender = createUdpSender(udp, descriptor)
    const own = workerSocket(sender)
    // Where the system lets two threads send by one socket; elsewhere replies are paced between all else.
    pacing =
      descriptor === undefined
        ? undefined
        : startPacingThread({
            descriptor,
            send: own.send,
            onDied: (error) => {
              log.error('the pacing thread died', { error })
              deps.exit(1)
            },
          })
    const createCipher = loadOpenSslCipher()
    if (!createCipher) log.warn('datagrams are opened by node:crypto, at twice the cost: this Node hides its OpenSSL')
    worker = createAudioWorker({
      clock,
      log,
      socket: own,
      ...engines,
      ...(createCipher && { createCipher }),
      ...(pacing && { pacing }),
      isHurried,
      emit: (event) => post({ type: 'event', event }),
      ...(config.limits ? { limits: config.limits } : {}),
    })
    const backlog = descriptor === undefined ? undefined : openUdpBacklog(descriptor)
    const onReceived = ({ bytes, host, port }: ReceivedDatagram) => onDatagram(bytes, { type: 'udp', host, port })
    udp.on('message', createUdpReader({ onDatagram: onReceived, backlog }))
    enlargeBuffers(udp, log)
    await pacing?.ready
    post({ type: 'listening', port: udp.address().port })
    await lag.run(ending.signal)
  }
  const stop = async () => {
    ending.abort()
    worker?.close()
    sender?.end()
    await pacing?.close()
    socket?.close()
    deps.exit(0)
  }
  const onMessage = (message: ToWorker) => {
    switch (message.type) {
      case 'start':
        start(message.config).catch((error: unknown) => {
          post({ type: 'cannot_listen', message: error instanceof Error ? error.message : 'unknown error' })
        })
        return
      case 'open': {
        const opened = worker?.open(message.stream)
        const refusal = opened?.ok ? undefined : (opened?.error.message ?? 'the worker has not started')
        post({ type: 'opened', requestId: message.requestId, ...(refusal !== undefined ? { refusal } : {}) })
        return
      }
      case 'command':
        return worker?.command(message.command)
      case 'tunnel_datagram':
        return onDatagram(message.bytes, { type: 'tunnel', deviceId: message.deviceId, tunnelId: message.tunnelId })
      case 'tunnel_closed':
        return worker?.forgetTunnel(message.tunnelId)
      case 'counters':
        post({ type: 'counters', requestId: message.requestId, counters: worker?.counters() ?? {} })
        return
      case 'stop':
        return void stop()
      default:
        return assertNever(message)
    }
  }
  deps.onMessage(onMessage)
}

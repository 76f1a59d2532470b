import { assertNever } from '@mynah/shared/assert-never.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { AudioCommand, AudioEvent, OpenStream } from '../audio-plane.ts'
import { AudioPlaneError } from './audio-plane-error.ts'
import { createDeferred } from './deferred.ts'
import type { FromWorker, ToWorker, WorkerConfig } from './worker-messages.ts'
import type { StartWorker, WorkerProcess } from './worker-process.ts'

/** One place in the plane: the worker that has its port, and the next one when that dies. */
export type WorkerSlot = {
  /** Resolves when the first worker listens; rejects when it cannot. */
  readonly ready: Promise<void>
  readonly start: () => void
  readonly port: () => number
  readonly pid: () => number | undefined
  readonly open: (stream: OpenStream) => Promise<void>
  readonly command: (command: AudioCommand) => void
  /** A message of a tunnel; nothing happens while no worker is up. */
  readonly forward: (message: Extract<ToWorker, { type: 'tunnel_datagram' | 'tunnel_closed' }>) => void
  /** The worker cannot keep up: another stream would cost those it has. */
  readonly isOverloaded: () => boolean
  readonly counters: () => Promise<Readonly<Record<string, number>>>
  /** Ends the worker: politely, then at once. */
  readonly stop: () => Promise<void>
}

export type WorkerSlotDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly startWorker: StartWorker
  readonly config: WorkerConfig
  readonly onEvent: (event: AudioEvent) => void
  readonly onTunnelSend: (tunnelId: number, bytes: Uint8Array) => void
}

type Request =
  | {
      readonly type: 'open'
      readonly resolve: () => void
      readonly reject: (error: Error) => void
      readonly timer: Timer
    }
  | {
      readonly type: 'counters'
      readonly resolve: (counters: Readonly<Record<string, number>>) => void
      readonly timer: Timer
    }

const answerMs = 2_000
const goodbyeMs = 1_000
const pulseMs = 2_000
/** A worker that lived so long starts the next back-off anew. */
const steadyMs = 30_000
/** So few are not what makes a worker late: refusing another would not help, and a late answer is better than none. */
const fewSessions = 8

export const createWorkerSlot = (deps: WorkerSlotDeps): WorkerSlot => {
  const { clock, log } = deps
  const sessions = new Set<string>()
  const requests = new Map<number, Request>()
  const firstListening = createDeferred<void>()
  // Nobody may be waiting yet; who asks later still gets the rejection.
  firstListening.promise.catch(() => {})
  let worker: WorkerProcess | undefined
  let listening = false
  let port = deps.config.port
  let startedAtMs = 0
  let failures = 0
  let nextRequest = 0
  let stopping = false
  let pulse: Timer | undefined
  let overloaded = false
  let exited = createDeferred<void>()

  const crashed = () => new AudioPlaneError('plane_crashed', 'the audio worker is not running')

  const onEvent = (event: AudioEvent) => {
    if (event.type === 'closed') sessions.delete(event.sessionId)
    deps.onEvent(event)
  }
  const onOpened = (message: Extract<FromWorker, { type: 'opened' }>) => {
    const request = requests.get(message.requestId)
    requests.delete(message.requestId)
    if (request?.type !== 'open') return
    request.timer.cancel()
    if (message.refusal === undefined) request.resolve()
    else request.reject(new AudioPlaneError('refused', message.refusal))
  }
  const onMessage = (message: FromWorker) => {
    switch (message.type) {
      case 'listening':
        // A successor takes the same port: speakers know it already.
        port = message.port
        listening = true
        firstListening.resolve()
        watchPulse()
        return
      case 'cannot_listen':
        log.error('audio worker cannot listen', { port, reason: message.message })
        firstListening.reject(new AudioPlaneError('refused', `UDP port ${port}: ${message.message}`))
        worker?.kill()
        return
      case 'opened':
        return onOpened(message)
      case 'event':
        return onEvent(message.event)
      case 'tunnel_send':
        return deps.onTunnelSend(message.tunnelId, message.bytes)
      case 'overload':
        overloaded = message.isOverloaded
        log.warn(overloaded ? 'audio worker is overloaded' : 'audio worker keeps up again', {
          port,
          lagMs: Math.round(message.lagMs),
        })
        return
      case 'counters': {
        const request = requests.get(message.requestId)
        requests.delete(message.requestId)
        if (request?.type !== 'counters') return
        request.timer.cancel()
        request.resolve(message.counters)
        return
      }
      case 'log':
        return log[message.level](message.message, message.fields)
      default:
        return assertNever(message)
    }
  }
  const failEverything = () => {
    const failed = [...sessions]
    const open = [...requests.values()]
    sessions.clear()
    requests.clear()
    for (const request of open) {
      request.timer.cancel()
      if (request.type === 'counters') request.resolve({})
      else request.reject(crashed())
    }
    for (const sessionId of failed) {
      deps.onEvent({ type: 'failed', sessionId, stage: 'tts', code: 'plane_crashed', message: 'the audio worker died' })
    }
  }
  const onExit = (why: string) => {
    worker = undefined
    listening = false
    overloaded = false
    const lostSessions = sessions.size
    failEverything()
    exited.resolve()
    if (stopping) return
    failures = clock.now() - startedAtMs > steadyMs ? 0 : failures + 1
    const delayMs =
      failures <= 1 ? 0 : backoffDelayMs({ attempt: failures, baseMs: 100, maxMs: 5_000, random: deps.random })
    log.error('audio worker died', { port, why, lostSessions, restartInMs: Math.round(delayMs) })
    clock.startTimer(delayMs, start)
  }
  /** Undefined where the machine has no memory for another process just now: that is tried again. */
  const startWorker = (): WorkerProcess | undefined => {
    try {
      return deps.startWorker()
    } catch (error) {
      onExit(error instanceof Error ? error.message : String(error))
    }
  }
  const start = () => {
    if (stopping || worker) return
    exited = createDeferred()
    startedAtMs = clock.now()
    const started = startWorker()
    if (!started) return
    worker = started
    started.onMessage((message) => {
      if (worker === started) onMessage(message)
    })
    started.onExit(onExit)
    started.send({ type: 'start', config: { ...deps.config, port } })
  }
  const open = (stream: OpenStream) =>
    new Promise<void>((resolve, reject) => {
      if (!worker || !listening) {
        reject(crashed())
        return
      }
      const requestId = nextRequest++
      const timer = clock.startTimer(answerMs, () => {
        requests.delete(requestId)
        sessions.delete(stream.sessionId)
        worker?.send({ type: 'command', command: { type: 'close_stream', sessionId: stream.sessionId } })
        reject(new AudioPlaneError('plane_crashed', `the audio worker did not answer in ${answerMs} ms`))
      })
      const settle = { resolve, timer }
      const taken = () => {
        sessions.add(stream.sessionId)
        settle.resolve()
      }
      requests.set(requestId, { type: 'open', resolve: taken, reject, timer })
      worker.send({ type: 'open', requestId, stream })
    })
  const counters = () =>
    new Promise<Readonly<Record<string, number>>>((resolve) => {
      if (!worker || !listening) {
        resolve({})
        return
      }
      const requestId = nextRequest++
      const timer = clock.startTimer(answerMs, () => {
        requests.delete(requestId)
        resolve({})
      })
      requests.set(requestId, { type: 'counters', resolve, timer })
      worker.send({ type: 'counters', requestId })
    })
  /** A worker that hangs holds every stream of its port: one that twice gives no answer is ended, and its successor begins. */
  const watchPulse = () => {
    const watched = worker
    let missed = 0
    const beat = async () => {
      if (worker !== watched || stopping) return
      missed = Object.keys(await counters()).length > 0 ? 0 : missed + 1
      if (worker !== watched || stopping) return
      if (missed < 2) pulse = clock.startTimer(pulseMs, () => void beat())
      else {
        log.error('audio worker hangs', { port })
        watched?.kill()
      }
    }
    pulse?.cancel()
    pulse = clock.startTimer(pulseMs, () => void beat())
  }
  const stop = async () => {
    stopping = true
    pulse?.cancel()
    firstListening.reject(crashed())
    if (!worker) return
    worker.send({ type: 'stop' })
    const late = clock.startTimer(goodbyeMs, () => worker?.kill())
    await exited.promise
    late.cancel()
  }
  return {
    ready: firstListening.promise,
    start,
    port: () => port,
    pid: () => worker?.pid,
    open,
    command: (command) => worker?.send({ type: 'command', command }),
    forward: (message) => worker?.send(message),
    isOverloaded: () => overloaded && sessions.size > fewSessions,
    counters,
    stop,
  }
}

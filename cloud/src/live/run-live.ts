import type { Socket } from 'node:net'
import { assertNever } from '@mynah/shared/assert-never.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createLoopLag } from '../supervise/loop-lag.ts'
import { type FromLive, sizeOf, type ToLive } from './live-messages.ts'
import { createLiveRoom, type LiveRoom } from './live-room.ts'

export type RunLiveDeps = {
  readonly clock: Clock
  readonly log: Log
  /** Resident memory of this process. */
  readonly residentBytes: () => number
  readonly post: (message: FromLive) => void
  readonly onMessage: (listener: (message: ToLive, socket: Socket | undefined) => void) => void
  /** Lets the event loop go round. */
  readonly nextTurn: (callback: () => void) => void
  /** Called when the room is open. */
  readonly onReady: () => void
}

const pulseEveryMs = 1_000
/** Longer at once, and browsers that answered a ping would not be heard, nor those that come let in. */
const sliceMs = 20

type Received = { readonly message: ToLive; readonly socket: Socket | undefined }

/**
 * Does what comes in order, for some milliseconds in each turn of the event loop, and tells how much is done: who sends bounds what
 * waits here.
 */
const createInOrder = ({ clock, post, nextTurn }: RunLiveDeps, handle: (received: Received) => void) => {
  let waiting: Received[] = []
  let next = 0
  const work = () => {
    const untilMs = clock.now() + sliceMs
    let bytes = 0
    const first = next
    for (
      let received = waiting[next];
      received && (next === first || clock.now() < untilMs);
      received = waiting[next]
    ) {
      next += 1
      handle(received)
      bytes += sizeOf(received.message)
    }
    post({ type: 'done', messages: next - first, bytes })
    if (next < waiting.length) return nextTurn(work)
    waiting = []
    next = 0
  }
  return (received: Received) => {
    waiting.push(received)
    if (waiting.length === 1) nextTurn(work)
  }
}

/** The live process: a room for browsers at the other end of the gateway's channel. Runs until `signal` aborts, then says goodbye. */
export const runLive = async (deps: RunLiveDeps, signal: AbortSignal): Promise<void> => {
  const { clock, log, post } = deps
  const lag = createLoopLag({ clock })
  const arrived = new Map<number, Socket>()
  let room: LiveRoom | undefined

  const arrive = (connection: number, socket: Socket | undefined) => {
    // It was closed on its way: there was nothing left to send, or nobody left to answer.
    if (!socket || socket.destroyed) return post({ type: 'left', connection })
    arrived.set(connection, socket)
    socket.once('close', () => {
      arrived.delete(connection)
      post({ type: 'left', connection })
    })
  }
  const enter = ({ connection, entry }: Extract<ToLive, { type: 'enter' }>) => {
    const socket = arrived.get(connection)
    // Gone meanwhile, or never here: Node does not deliver a socket for which this process has no descriptor left.
    if (socket) room?.enter(entry, socket)
    else post({ type: 'left', connection })
  }
  const close = async () => {
    await room?.close()
    post({ type: 'closed' })
  }
  const handle = ({ message, socket }: Received) => {
    switch (message.type) {
      case 'start':
        room = createLiveRoom({ clock, log, from: message.from, limits: message.limits })
        return deps.onReady()
      case 'socket':
        return arrive(message.connection, socket)
      case 'enter':
        return enter(message)
      case 'events':
        for (const event of message.events) room?.deliver(event)
        return
      case 'view':
        return room?.setView(message.viewer, message.view)
      case 'end':
        return room?.end(message.viewer)
      case 'close':
        close().catch((error: unknown) => log.warn('browsers could not be closed', { error }))
        return
      default:
        return assertNever(message)
    }
  }
  const takeInOrder = createInOrder(deps, handle)
  deps.onMessage((message, socket) => {
    // A browser that goes while its socket waits here breaks nothing but its own connection.
    socket?.on('error', () => socket.destroy())
    // One by one, so that the event loop goes round between them.
    if (message.type !== 'events') takeInOrder({ message, socket })
    else for (const event of message.events) takeInOrder({ message: { type: 'events', events: [event] }, socket })
  })
  const pulse = async () => {
    while (!signal.aborted) {
      await clock.sleep(pulseEveryMs, signal)
      const slowBytes = room?.waitingBytes() ?? 0
      post({ type: 'pulse', slowBytes, residentBytes: deps.residentBytes(), lagMs: lag.lagMs() })
    }
  }
  await Promise.all([lag.run(signal), pulse()])
  await room?.close()
}

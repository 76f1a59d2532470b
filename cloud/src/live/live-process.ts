import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { assertNever } from '@mynah/shared/assert-never.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { passOnLog } from '../supervise/child-lines.ts'
import { type ChildChannel, createSupervisedChild } from '../supervise/supervised-child.ts'
import { createEventWriter, type WrittenEvent } from './event-writer.ts'
import { createGathering } from './gathering.ts'
import type { LiveFigures, LiveHub, NewConnection } from './hub.ts'
import { defaultLiveLimits, type LiveLimits } from './live-limits.ts'
import { type FromLive, sizeOf, type ToLive } from './live-messages.ts'
import type { NewEvent } from './new-event.ts'

export type LiveProcessBounds = {
  /** What may wait for the process, and in it. */
  readonly maxMessages: number
  readonly maxBytes: number
  /** It has hung itself up when it says nothing for so long. */
  readonly silentMs: number
  /** The same, while it starts. */
  readonly startMs: number
  readonly maxHeapMb: number
}

export type LiveProcessDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  /** Node's options of this process, the TypeScript loader among them. */
  readonly nodeOptions: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly limits?: Partial<LiveLimits>
  readonly bounds?: Partial<LiveProcessBounds>
}

export type LiveProcess = LiveHub & {
  /** Resolves when browsers can come in, or when `signal` aborts. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>
  readonly pid: () => number | undefined
  /** Keeps a process running until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** Some ten seconds of events to ten thousand browsers. */
const defaultBounds: LiveProcessBounds = {
  maxMessages: 20_000,
  maxBytes: 16 * 1_024 * 1_024,
  silentMs: 10_000,
  startMs: 60_000,
  maxHeapMb: 512,
}

/** The child's module beside this one, in whatever form this one runs (TypeScript source or a bundle). */
const childModule = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './main-live.ts' : './main-live.js', import.meta.url),
)

/** On a full machine sound goes first: what is seen a moment later is not noticed. */
const niceness = 5

const readySchema = v.object({ ready: v.literal(true), pid: v.number() })
const parseReady = (line: string) => {
  const parsed = v.safeParse(readySchema, parseJson(line))
  return parsed.success ? parsed.output : undefined
}

/**
 * Where speakers are busy events come by the hundred in a second, and each message costs a system call here, another one there, and its
 * receipt. Nobody sees 20 ms.
 */
const gatherMs = 20

const noFigures = { slowBytes: 0, residentBytes: 0, lagMs: 0 }

/** `socket`: as long as it has not left this process. */
type Connection = { socket?: Socket; readonly onLeave: () => void }

/** Connections that are in the process or on their way to it. */
const createConnections = () => {
  const connections = new Map<number, Connection>()
  let last = 0
  return {
    add: (connection: Connection): number => {
      last += 1
      connections.set(last, connection)
      return last
    },
    handedOver: (number: number) => void delete connections.get(number)?.socket,
    leave: (number: number) => {
      const connection = connections.get(number)
      connections.delete(number)
      connection?.onLeave()
    },
    /** All are over: with the process, or before it had them. */
    leaveAll: () => {
      for (const [number, { socket, onLeave }] of connections) {
        connections.delete(number)
        socket?.destroy()
        onLeave()
      }
    },
    size: () => connections.size,
  }
}

/**
 * Browsers are served by a process of its own: an event costs this one a message, however many they are. When that process ends, hangs
 * or falls too far behind, the browsers lose their connections and come back to its successor, which tells them to fetch the lists.
 */
export const createLiveProcess = (deps: LiveProcessDeps): LiveProcess => {
  const { clock, log } = deps
  const bounds = { ...defaultBounds, ...deps.bounds }
  const limits = { ...defaultLiveLimits, ...deps.limits }
  const writer = createEventWriter({ clock })
  const connections = createConnections()
  let channel: ChildChannel | undefined
  let isClosing = false
  let onClosed = () => {}
  let starts = 0
  let waiting = { messages: 0, bytes: 0 }
  let figures = noFigures
  let silence: Timer | undefined

  const events = createGathering<WrittenEvent>({
    clock,
    gatherMs,
    passOn: (gathered) => channel?.send({ type: 'events', events: gathered } satisfies ToLive),
  })

  const lose = () => {
    channel = undefined
    events.drop()
    silence?.cancel()
    waiting = { messages: 0, bytes: 0 }
    figures = noFigures
    connections.leaveAll()
    onClosed()
  }
  const kill = (why: string) => {
    const lost = { why, connections: connections.size(), ...waiting }
    log.error('the live process is ended', lost)
    channel?.kill()
    lose()
  }
  const expectPulse = (withinMs: number) => {
    silence?.cancel()
    silence = clock.startTimer(withinMs, () => kill('it hangs'))
  }
  const countWaiting = (bytes: number) => {
    waiting.messages += 1
    waiting.bytes += bytes
    if (waiting.messages > bounds.maxMessages || waiting.bytes > bounds.maxBytes) kill('it is too far behind')
  }
  const post = (message: ToLive, socket?: Socket) => {
    if (!channel) return
    // What is said of a viewer counts only for events after it.
    events.pass()
    if (message.type === 'socket' && socket) {
      channel.handOver(message, socket, () => connections.handedOver(message.connection))
    } else channel.send(message)
    countWaiting(sizeOf(message))
  }
  const publish = (event: NewEvent) => {
    // Also where nobody gets it: its number tells those who come back that they missed something.
    const written = writer.write(event)
    if (!channel) return
    events.add(written)
    countWaiting(written.frame.length)
  }
  const onMessage = (message: FromLive) => {
    switch (message.type) {
      case 'done':
        waiting.messages -= message.messages
        waiting.bytes -= message.bytes
        return
      case 'left':
        return connections.leave(message.connection)
      case 'closed':
        return onClosed()
      case 'pulse': {
        const { type: _type, ...rest } = message
        figures = rest
        return expectPulse(bounds.silentMs)
      }
      default:
        return assertNever(message)
    }
  }
  const onChannel = (started: ChildChannel | undefined) => {
    lose()
    if (!started) return
    channel = started
    starts += 1
    // The child is our own main-live: its messages have this type by construction. One that was given up may still speak.
    started.onMessage((message) => channel === started && onMessage(message as FromLive))
    expectPulse(bounds.startMs)
    post({ type: 'start', from: writer.position(), limits })
  }
  const child = createSupervisedChild({
    clock,
    log,
    random: deps.random,
    env: deps.env,
    name: 'live process',
    nodeArguments: () => [...deps.nodeOptions, `--max-old-space-size=${bounds.maxHeapMb}`, childModule],
    niceness,
    parseReady,
    onLogLine: passOnLog(log, 'live'),
    onChannel,
  })
  const enter = ({ entry, socket, onLeave }: NewConnection) => {
    if (!channel) {
      socket.destroy()
      return onLeave()
    }
    const connection = connections.add({ socket, onLeave })
    post({ type: 'socket', connection }, socket)
    post({ type: 'enter', connection, entry })
  }
  const close = async () => {
    isClosing = true
    if (!channel) return
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve
    })
    post({ type: 'close' })
    const cut = clock.startTimer(2 * limits.goodbyeMs, () => kill('it says no goodbye'))
    await closed
    cut.cancel()
    onClosed = () => {}
  }
  return {
    publish,
    isReady: () => channel !== undefined && child.current() !== undefined && !isClosing,
    enter,
    setView: (viewer, view) => post({ type: 'view', viewer, view }),
    end: (viewer) => post({ type: 'end', viewer }),
    figures: (): LiveFigures => ({
      connections: connections.size(),
      waitingMessages: waiting.messages,
      waitingBytes: waiting.bytes,
      restarts: Math.max(0, starts - 1),
      ...figures,
    }),
    close,
    untilReady: async (signal) => void (await child.firstReady(signal)),
    pid: () => child.current()?.pid,
    run: child.run,
  }
}

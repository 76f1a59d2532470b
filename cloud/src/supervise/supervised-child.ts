import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Log } from '@mynah/shared/log/log.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

/** Messages to and from one running child, by structured cloning, in order. */
export type ChildChannel = {
  /** Never throws; lost when the child is gone, which the end of its life tells. */
  readonly send: (message: object) => void
  /**
   * A connection that was accepted goes over to the child with this message. `onSent`: this end of it is closed, before the child has
   * the other; never called when the child is gone before, and the socket is still the caller's then.
   */
  readonly handOver: (message: object, socket: Socket, onSent: () => void) => void
  /** What the child says is trusted as much as the child. */
  readonly onMessage: (listener: (message: unknown) => void) => void
  readonly kill: () => void
}

export type SupervisedChildDeps<T> = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  /** For the log: `speech service`. */
  readonly name: string
  /** Arguments of Node; they get what the child last said when it was ready, so that it can be started in the same place. */
  readonly nodeArguments: (last: T | undefined) => readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a line of the child's stdout; undefined for all but the one that says that it is ready. */
  readonly parseReady: (line: string) => T | undefined
  /** How much less it asks for than this process where the CPU does not do for both, 0 to 19; 0 when absent. */
  readonly niceness?: number
  /** A line of the child's stderr. */
  readonly onLogLine: (line: string) => void
  /** Where given, each child has a channel of messages: called when one is started, and without it when that one has ended. */
  readonly onChannel?: (channel: ChildChannel | undefined) => void
}

export type SupervisedChild<T> = {
  /** What the running child said when it became ready; undefined while none is. */
  readonly current: () => T | undefined
  /** Resolves with the first readiness; undefined when `signal` aborts before. */
  readonly firstReady: (signal: AbortSignal) => Promise<T | undefined>
  /** Called each time a child that was started again is ready. */
  readonly onReadyAgain: (listener: (ready: T) => void) => void
  /** Keeps a child running until `signal` aborts: one that ends is started again, with back-off. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const stopGraceMs = 2_000
const backoff = { baseMs: 200, maxMs: 10_000 }
/** A child that ran this long starts its back-off anew. */
const steadyAfterMs = 30_000

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Begun by the system's `nice`: a process that is made nice from outside when it runs has threads that are not, as many as it could start
 * before a busy parent came to it.
 */
const programOf = (niceness: number, nodeArguments: readonly string[]): [string, string[]] =>
  niceness === 0
    ? [process.execPath, [...nodeArguments]]
    : ['nice', ['-n', String(niceness), process.execPath, ...nodeArguments]]

const startChild = <T>(deps: SupervisedChildDeps<T>, last: T | undefined): Child => {
  const { nodeArguments, niceness = 0, env, onChannel } = deps
  // The child ends when its stdin or its channel does: also after a SIGKILL of this process nothing is left behind. The type of a
  // child that also has a channel is the same.
  const stdio = ['pipe', 'pipe', 'pipe', ...(onChannel ? (['ipc'] as const) : [])] as ['pipe', 'pipe', 'pipe']
  const [program, args] = programOf(niceness, nodeArguments(last))
  return spawn(program, args, { stdio, serialization: 'advanced', env: { ...env } })
}

const channelOf = (child: Child): ChildChannel => ({
  send: (message) => {
    if (child.connected) child.send(message, () => {})
  },
  handOver: (message, socket, onSent) => {
    if (!child.connected) return
    // Otherwise Node asks the child for the connection when the server closes, and waits for ever when that child has ended. And
    // without `keepOpen` it closes this end when the child has answered: never, when it ends before (Node 20.20, child_process.js).
    Object.assign(socket, { server: null })
    child.send(message, socket, { keepOpen: true }, () => {
      socket.destroy()
      onSent()
    })
  },
  onMessage: (listener) => void child.on('message', listener),
  kill: () => void child.kill('SIGKILL'),
})

/** The end of its stdin, which no signal to a whole process group can be taken for; and SIGKILL two seconds later. */
const stopChild = async (child: Child, clock: Clock): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.stdin.end()
  const cut = clock.startTimer(stopGraceMs, () => child.kill('SIGKILL'))
  await exited
  cut.cancel()
}

/** A child process that is started again whenever it ends: what it hosts may crash without taking its parent along. */
export const createSupervisedChild = <T>(deps: SupervisedChildDeps<T>): SupervisedChild<T> => {
  const { clock, log, name } = deps
  let current: T | undefined
  let last: T | undefined
  const waiting = new Set<(ready: T) => void>()
  const againListeners = new Set<(ready: T) => void>()
  const onReady = (ready: T) => {
    const again = last !== undefined
    current = ready
    last = ready
    if (again) for (const listener of againListeners) listener(ready)
    for (const settle of waiting) settle(ready)
    waiting.clear()
  }

  /** One life of the child. Resolves with why it ended. */
  const live = async (signal: AbortSignal): Promise<string> => {
    let child: Child
    try {
      child = startChild(deps, last)
    } catch (error) {
      // No memory for another process just now: Node throws that.
      return error instanceof Error ? error.message : String(error)
    }
    child.stdin.on('error', () => {})
    createInterface({ input: child.stderr }).on('line', deps.onLogLine)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = deps.parseReady(line)
      if (ready !== undefined) onReady(ready)
    })
    deps.onChannel?.(channelOf(child))
    const onAbort = () => void stopChild(child, clock)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      // Not `exit`: the last words of a child that dies, often the reason, may still be on their way.
      const [code, killedBy] = await once(child, 'close')
      return `${killedBy ?? `exit code ${code}`}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      current = undefined
      deps.onChannel?.(undefined)
      signal.removeEventListener('abort', onAbort)
    }
  }

  return {
    current: () => current,
    firstReady: (signal) =>
      new Promise((resolve) => {
        if (current !== undefined || signal.aborted) return resolve(current)
        waiting.add(resolve)
        const giveUp = () => {
          waiting.delete(resolve)
          resolve(undefined)
        }
        signal.addEventListener('abort', giveUp, { once: true })
      }),
    onReadyAgain: (listener) => void againListeners.add(listener),
    run: async (signal) => {
      for (let attempt = 0; !signal.aborted; attempt++) {
        const startedMs = clock.now()
        const why = await live(signal)
        if (signal.aborted) return
        if (clock.now() - startedMs > steadyAfterMs) attempt = 0
        const restartInMs = backoffDelayMs({ attempt, ...backoff, random: deps.random })
        log.error(`the ${name} ended and is started again`, { why, restartInMs })
        await clock.sleep(restartInMs, signal)
      }
    },
  }
}

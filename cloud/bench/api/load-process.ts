import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the benchmark beside the cloud: takes one request at a time by IPC and answers it. */
export type LoadProcess<Request, Reply> = {
  readonly pid: number
  readonly ask: (request: Request) => Promise<Reply>
  readonly stop: () => Promise<void>
}

type Answer = { readonly id: number; readonly reply?: unknown; readonly failed?: string }
type Question = { readonly id: number; readonly request: unknown }

/** Nobody waits longer for a process that hangs. */
const answerLimitMs = 120_000

export const startLoadProcess = <Request, Reply>(module: URL): LoadProcess<Request, Reply> => {
  const child: ChildProcess = fork(module, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>()
  let last = 0
  child.on('message', (message) => {
    // Only `serveLoad` at the other end of this channel sends here.
    const { id, reply, failed } = message as Answer
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (failed !== undefined) waiter?.reject(new Error(failed))
    else waiter?.resolve(reply as Reply)
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${module.pathname} ended with ${code}`))
  })
  return {
    pid: child.pid ?? 0,
    ask: (request) =>
      new Promise((resolve, reject) => {
        last += 1
        const limit = setTimeout(() => reject(new Error(`${module.pathname} does not answer`)), answerLimitMs)
        const settle = () => clearTimeout(limit)
        waiting.set(last, {
          resolve: (reply) => {
            settle()
            resolve(reply)
          },
          reject: (error) => {
            settle()
            reject(error)
          },
        })
        child.send({ id: last, request } satisfies Question)
      }),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}

/** The other end, in the process itself. It ends with its parent. */
export const serveLoad = <Request, Reply>(handle: (request: Request) => Promise<Reply>): void => {
  process.on('disconnect', () => process.exit(1))
  process.on('message', (message) => {
    const { id, request } = message as Question
    handle(request as Request)
      .then((reply) => process.send?.({ id, reply } satisfies Answer))
      .catch((error: unknown) => process.send?.({ id, failed: String(error) } satisfies Answer))
  })
}

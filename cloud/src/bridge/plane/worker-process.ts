import { type ChildProcess, fork } from 'node:child_process'
import type { FromWorker, ToWorker } from './worker-messages.ts'

/** One audio worker as its parent sees it. */
export type WorkerProcess = {
  /** Never throws; lost when the worker is gone, which `onExit` tells. */
  readonly send: (message: ToWorker) => void
  readonly onMessage: (listener: (message: FromWorker) => void) => void
  /** Called once. */
  readonly onExit: (listener: (why: string) => void) => void
  readonly kill: () => void
  readonly pid: number | undefined
}

export type StartWorker = () => WorkerProcess

/** The worker's module beside this one, in whatever form this one runs (TypeScript source or a bundle). */
export const workerModule = new URL(
  import.meta.url.endsWith('.ts') ? './main-worker.ts' : './main-worker.js',
  import.meta.url,
)

/** Three times what a worker with sixty conversations holds in all; beyond it the worker dies, and its successor begins. */
const maxHeapMb = 512

/**
 * Forks a worker with the parent's own Node options (the TypeScript loader among them). Its output goes where the parent's goes;
 * its log comes by message.
 */
export const forkWorker = (options: {
  readonly module?: URL
  /** Node options instead of the parent's own. */
  readonly execArgv?: readonly string[]
}): WorkerProcess => {
  const nodeOptions = options.execArgv ?? process.execArgv
  const child: ChildProcess = fork(options.module ?? workerModule, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...nodeOptions, `--max-old-space-size=${maxHeapMb}`],
  })
  // A message to a worker that has just died fails; its exit tells all there is to tell.
  child.on('error', () => {})
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message, () => {})
    },
    // The child is our own main-worker: its messages have this type by construction.
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromWorker)),
    onExit: (listener) => {
      child.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`))
      // What could not even be started (no such program, too many processes or files) never exits.
      child.once('error', ({ message }) => child.pid === undefined && listener(message))
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

import { fork } from 'node:child_process'
import type { FromUnderstanding, ToUnderstanding } from './understanding-messages.ts'

/** The process that understands, as the speaker sees it. */
export type UnderstandingProcess = {
  /** Never throws; lost when the process is gone, which `onExit` tells. */
  readonly send: (message: ToUnderstanding) => void
  readonly onMessage: (listener: (message: FromUnderstanding) => void) => void
  /** Called once. */
  readonly onExit: (listener: (why: string) => void) => void
  readonly kill: () => void
}

export type StartUnderstanding = () => UnderstandingProcess

/** The module beside this one, in whatever form this one runs (TypeScript source or a bundle). */
const module = new URL(
  import.meta.url.endsWith('.ts') ? './main-understanding.ts' : './main-understanding.js',
  import.meta.url,
)

/** Forks it with the Node options of this process, or with others. */
export const forkUnderstanding = (execArgv?: readonly string[]): UnderstandingProcess => {
  const child = fork(module, [], {
    serialization: 'advanced',
    // What the native library writes to its output is of no use to anybody.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(execArgv ? { execArgv: [...execArgv] } : {}),
  })
  // A message to a process that has just died fails; its exit tells all there is to tell.
  child.on('error', () => {})
  return {
    send: (message) => {
      if (child.connected) child.send(message, () => {})
    },
    // The child is our own main-understanding: its messages have this type by construction.
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromUnderstanding)),
    onExit: (listener) => {
      child.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`))
      // What could not even be started (no such program, too many processes or files) never exits.
      child.once('error', ({ message }) => child.pid === undefined && listener(message))
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

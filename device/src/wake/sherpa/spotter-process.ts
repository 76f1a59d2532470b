import { fork } from 'node:child_process'
import type { FromSpotter, ToSpotter } from './spotter-messages.ts'

/** The process that spots keywords, as the speaker sees it: a model that the engine does not like ends it, and only it. */
export type SpotterProcess = {
  /** Never throws; lost when the process is gone, which `onExit` tells. */
  readonly send: (message: ToSpotter) => void
  readonly onMessage: (listener: (message: FromSpotter) => void) => void
  /** Called once. */
  readonly onExit: (listener: (why: string) => void) => void
  readonly kill: () => void
}

/** The module beside this one: TypeScript source, or a file of the bundle. */
const module = new URL(import.meta.url.endsWith('.ts') ? './main-spotter.ts' : './main-spotter.js', import.meta.url)

/** Forks it with the Node options of this process, or with others. */
export const forkSpotter = (execArgv?: readonly string[]): SpotterProcess => {
  const child = fork(module, [], {
    serialization: 'advanced',
    // The engine writes its own complaints to its output: why it ended is told by its exit code.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    ...(execArgv ? { execArgv: [...execArgv] } : {}),
  })
  // A message to a process that has just died fails; its exit tells all there is to tell.
  child.on('error', () => {})
  return {
    send: (message) => {
      if (child.connected) child.send(message, () => {})
    },
    // The child is our own main-spotter: its messages have this type by construction.
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromSpotter)),
    onExit: (listener) => void child.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`)),
    kill: () => void child.kill('SIGKILL'),
  }
}

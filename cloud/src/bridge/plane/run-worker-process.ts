import { systemClock } from '@mynah/shared/time/clock.ts'
import { runWorker, type WorkerDeps } from './run-worker.ts'
import type { ToWorker } from './worker-messages.ts'

/**
 * Runs an audio worker in this forked process, with its parent at the other end of the channel. It ends when told to, and when its
 * parent is gone; signals to the whole process group (Ctrl-C) are the parent's to answer.
 */
export const runWorkerProcess = (createEngines: WorkerDeps['createEngines']): void => {
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('disconnect', () => process.exit(0))
  runWorker({
    clock: systemClock,
    // A message that cannot be sent means that the parent is gone: `disconnect` follows.
    post: (message) => void process.send?.(message, undefined, undefined, () => {}),
    // The parent is our own control process: its messages have this type by construction.
    onMessage: (listener) => void process.on('message', (message) => listener(message as ToWorker)),
    exit: (code) => process.exit(code),
    createEngines,
  })
}

import type { Socket } from 'node:net'
import { createJsonLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { ToLive } from './live-messages.ts'
import { runLive } from './run-live.ts'

/** The live process, started by `live-process.ts`. It ends when told to, and when its parent is gone. */
const stopping = new AbortController()
const stop = () => stopping.abort()
// Ctrl-C, or a service manager that ends all processes of the service: the parent answers them.
process.on('SIGTERM', () => {})
process.on('SIGINT', () => {})
process.on('disconnect', stop)
process.stdin.once('end', stop).resume()

await runLive(
  {
    clock: systemClock,
    // Its parent writes what is worth it.
    log: createJsonLog({
      clock: systemClock,
      writeLine: (line) => process.stderr.write(`${line}\n`),
      minLevel: 'debug',
    }),
    residentBytes: process.memoryUsage.rss,
    // A message that cannot be sent means that the parent is gone: `disconnect` follows.
    post: (message) => void process.send?.(message, undefined, undefined, () => {}),
    // The parent is our own gateway: its messages have this type by construction, and its handles are sockets.
    onMessage: (listener) =>
      void process.on('message', (message, handle) => listener(message as ToLive, handle as Socket | undefined)),
    nextTurn: setImmediate,
    onReady: () => process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid })}\n`),
  },
  stopping.signal,
)
process.exit(0)

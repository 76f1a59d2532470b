import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { loadOpenSslCipher } from './openssl-cipher.ts'
import { createPacingCounts } from './pacing-counts.ts'
import type { FromPacing, PacingStart, ToPacing } from './pacing-messages.ts'
import { createPacingHere } from './reply-pacing.ts'
import { runPacing } from './run-pacing.ts'
import { createDescriptorSender } from './udp-sender.ts'

/** Above what shares the machine with it, for the few microseconds that each frame takes. */
const niceness = -10

/** The thread that paces the replies of an audio worker, started by `pacing-thread.ts`. */
const run = (port: NonNullable<typeof parentPort>) => {
  try {
    // In Linux this is of the calling thread alone.
    setPriority(niceness)
  } catch {
    // Only for whom the system allows it.
  }
  // Whoever starts this thread hands these in.
  const { descriptor, counts } = workerData as PacingStart
  const post = (message: FromPacing) => port.postMessage(message)
  const sendNow = createDescriptorSender(descriptor)
  const createCipher = loadOpenSslCipher()
  const pacing = createPacingHere({
    clock: systemClock,
    counts: createPacingCounts(counts),
    send: (bytes, path) => {
      if (path.type !== 'udp' || !sendNow(bytes, path.host, path.port)) post({ type: 'send', bytes, path })
    },
    ...(createCipher && { createCipher }),
  })
  const onMessage = runPacing({ pacing, post })
  // The worker is our own: its messages have this type by construction.
  port.on('message', (message) => onMessage(message as ToPacing))
  post({ type: 'ready' })
}

if (parentPort) run(parentPort)

import { randomBytes } from 'node:crypto'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { ToUnderstanding } from './understanding-messages.ts'
import { createUnderstandingWorker } from './understanding-worker.ts'

/** The process that understands while the cloud is away; forked by `understanding-process.ts`, gone with its parent. */
const receive = createUnderstandingWorker({
  clock: systemClock,
  random: Math.random,
  newId: () => randomBytes(12).toString('base64url'),
  searchPath: process.env.PATH ?? '',
  send: (message) => void process.send?.(message, () => {}),
})

// The parent is our own code of the same release: its messages have this type by construction.
process.on('message', (message) => receive(message as ToUnderstanding))
process.on('disconnect', () => process.exit(0))

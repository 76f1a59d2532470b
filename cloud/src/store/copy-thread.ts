import { once } from 'node:events'
import { startThread } from '../supervise/start-thread.ts'

/** Paths of files. */
export type CopyRequest = { readonly from: string; readonly to: string }

/** SQLite keeps its pages outside of the heap. */
const resourceLimits = { maxOldGenerationSizeMb: 64 } as const

/**
 * Writes a compact copy of a database that is in use, in a thread of its own: a year's conversations take seconds, on a card minutes.
 * Rejects with what SQLite says; what was written until then is left.
 */
export const copyInThread = async (request: CopyRequest): Promise<void> => {
  const thread = startThread({ beside: import.meta.url, name: 'main-copy', workerData: request, resourceLimits })
  const [code] = await once(thread, 'exit')
  if (code !== 0) throw new Error(`the copying thread ended with ${code}`)
}

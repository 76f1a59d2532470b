import { setPriority } from 'node:os'
import { isMainThread, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { CopyRequest } from './copy-thread.ts'

/** Below all that somebody waits for. */
const niceness = 10

/** The thread that copies a database, started by `copy-thread.ts`. It ends when the copy is whole. */
const run = ({ from, to }: CopyRequest) => {
  // In Linux this is of the calling thread alone.
  setPriority(niceness)
  const db = new Database(from, { readonly: true, fileMustExist: true, timeout: 5_000 })
  try {
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
}

// Whoever starts this thread hands these in.
if (!isMainThread) run(workerData as CopyRequest)

/**
 * Tells when what was written is on disk, for many writers with one wait: while one `sync` runs, everybody who comes joins the next.
 * A commit by itself then only hands its pages to the system, which takes microseconds, and the event loop never waits for a disk.
 */
export type DiskBarrierDeps = {
  readonly sync: () => Promise<void>
  /** Grows with each row that is written; read between transactions. Where it stays there is nothing to wait for. */
  readonly changes: () => number
}

export type DiskBarrier = {
  /** Resolves when everything written before this call is on disk. Rejects, then and ever after, when the disk failed. */
  readonly durable: () => Promise<void>
}

export const createDiskBarrier = ({ sync, changes }: DiskBarrierDeps): DiskBarrier => {
  let running: { readonly covers: number; readonly done: Promise<void> } | undefined
  /** Unknown until the first sync: a start writes, too. */
  let onDisk: number | undefined
  let next: Promise<void> | undefined
  let failure: { readonly error: unknown } | undefined

  const start = (): Promise<void> => {
    const covers = changes()
    const done = sync().catch((error: unknown) => {
      // After a failed sync the system may have dropped the pages: nothing written since the last good one can be vouched for.
      failure ??= { error }
      throw error
    })
    const started = { covers, done }
    running = started
    const over = () => {
      if (running === started) running = undefined
    }
    const good = () => {
      onDisk = covers
      over()
    }
    done.then(good, over)
    return done
  }
  const afterRunning = async (before: Promise<void>): Promise<void> => {
    await before.catch(() => {})
    next = undefined
    if (failure) throw failure.error
    await start()
  }
  return {
    durable: async () => {
      if (failure) throw failure.error
      const written = changes()
      if (written === onDisk) return
      if (running?.covers === written) return running.done
      // What runs began before this write: only the one after it covers it.
      if (running) next ??= afterRunning(running.done)
      await (next ?? start())
    },
  }
}

/**
 * Tells when what was written is on disk, for many writers with one wait: while one `sync` runs, everybody who comes joins the next.
 * A commit by itself then only hands its pages to the system, which takes microseconds, and the event loop never waits for a disk.
 */
export type DiskBarrier = {
  /** Resolves when everything written before this call is on disk. Rejects, then and ever after, when the disk failed. */
  readonly durable: () => Promise<void>
}

export const createDiskBarrier = (sync: () => Promise<void>): DiskBarrier => {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  let failure: { readonly error: unknown } | undefined

  const start = (): Promise<void> => {
    const started = sync().catch((error: unknown) => {
      // After a failed sync the system may have dropped the pages: nothing written since the last good one can be vouched for.
      failure ??= { error }
      throw error
    })
    running = started
    const over = () => {
      if (running === started) running = undefined
    }
    started.then(over, over)
    return started
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
      // What runs began before this write may have been made: only the one after it covers it.
      if (running) next ??= afterRunning(running)
      await (next ?? start())
    },
  }
}

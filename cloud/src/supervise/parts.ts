import type { Log } from '@mynah/shared/log/log.ts'

/** The long-running parts of one process, stopped in the reverse order of their start. */
export type Parts = {
  /** Registers how a part that is running is stopped. */
  readonly add: (name: string, stop: () => void | Promise<void>) => void
  /** Starts `task`; it runs until its signal aborts. A task that ends or fails before is told by `failed`. */
  readonly run: (name: string, task: (signal: AbortSignal) => Promise<void>) => void
  /** Resolves with the name and error of the first part that ended by itself. */
  readonly failed: Promise<{ readonly name: string; readonly error: unknown }>
  /** Stops all, last started first; one that fails to stop does not keep the others running. */
  readonly stopAll: () => Promise<void>
}

export const createParts = (log: Log): Parts => {
  const running: { readonly name: string; readonly stop: () => void | Promise<void> }[] = []
  let fail: (failure: { name: string; error: unknown }) => void = () => {}
  const failed = new Promise<{ name: string; error: unknown }>((resolve) => {
    fail = resolve
  })
  const add: Parts['add'] = (name, stop) => void running.push({ name, stop })
  return {
    add,
    run: (name, task) => {
      const controller = new AbortController()
      const ended = async () => {
        try {
          await task(controller.signal)
          if (!controller.signal.aborted) fail({ name, error: new Error(`${name} ended by itself`) })
        } catch (error) {
          if (!controller.signal.aborted) fail({ name, error })
          else log.warn('a part failed while it stopped', { part: name, error })
        }
      }
      const whole = ended()
      add(name, async () => {
        controller.abort()
        await whole
      })
    },
    failed,
    stopAll: async () => {
      for (let part = running.pop(); part; part = running.pop()) {
        try {
          await part.stop()
        } catch (error) {
          log.warn('a part did not stop cleanly', { part: part.name, error })
        }
      }
    },
  }
}

/**
 * Everything that belongs to one turn (or connection, or process) and stops with it. Child signals are made by hand:
 * `AbortSignal.any` on a long-lived signal keeps memory on Node 20 (nodejs/node#54614).
 */
export type Scope = {
  readonly signal: AbortSignal
  /** Stops the scope and its children. Only the first reason counts. */
  readonly abort: (reason?: unknown) => void
  /**
   * Starts a task of this scope. A task that fails aborts the scope, and `done` rejects with its error.
   * In an aborted scope the task is not started.
   */
  readonly run: (task: (signal: AbortSignal) => Promise<unknown>) => void
  /** A scope that stops with this one; its failure is its own affair, but `done` of this one waits for its tasks. */
  readonly child: () => Scope
  /**
   * Resolves when every task and child has ended, then closes the scope (aborted, off the parent's list). Rejects with the first
   * failure; throwing the abort reason, or an AbortError, after an abort is no failure.
   */
  readonly done: () => Promise<void>
}

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))

export const createScope = (parent?: AbortSignal): Scope => scopeUnder(parent, () => {})

/** `trackAbove` tells the enclosing scopes of each task, so that their `done` waits for it. */
const scopeUnder = (parent: AbortSignal | undefined, trackAbove: (task: Promise<void>) => void): Scope => {
  const controller = new AbortController()
  const { signal } = controller
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined

  const onParentAbort = () => abort(parent?.reason)
  const abort = (reason?: unknown) => {
    parent?.removeEventListener('abort', onParentAbort)
    controller.abort(reason)
  }
  const track = (task: Promise<void>) => {
    const tracked = task.then(() => void running.delete(tracked))
    running.add(tracked)
    trackAbove(tracked)
  }
  const fail = (error: unknown) => {
    if (isAbort(error, signal)) return
    failure ??= { error }
    abort(error)
  }
  const guarded = async (task: (signal: AbortSignal) => Promise<unknown>): Promise<void> => {
    try {
      await task(signal)
    } catch (error) {
      fail(error)
    }
  }
  const done = async () => {
    while (running.size > 0) await Promise.all(running)
    abort(new DOMException('the scope is done', 'AbortError'))
    if (failure) throw failure.error
  }

  if (parent?.aborted) controller.abort(parent.reason)
  else parent?.addEventListener('abort', onParentAbort, { once: true })
  return {
    signal,
    abort,
    run: (task) => {
      if (!signal.aborted) track(guarded(task))
    },
    child: () => scopeUnder(signal, track),
    done,
  }
}

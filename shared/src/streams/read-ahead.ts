/** How much may wait: a number of items, or milliseconds by `durationOf`. The item that passes the limit still fits. */
export type ReadAheadLimit<T> =
  | { readonly maxItems: number }
  | { readonly maxMs: number; readonly durationOf: (item: T) => number }

/**
 * Reads `source` ahead of its consumer, from the call on: a lazy generator stutters when its next item takes longer than the last
 * one plays. Items keep their order; an error of the source comes after the items before it. When `signal` aborts, or the
 * consumer leaves, the source is closed and the iteration ends. For one consumer.
 */
export const readAhead = <T>(
  source: AsyncIterable<T>,
  limit: ReadAheadLimit<T>,
  signal: AbortSignal,
): AsyncIterable<T> => {
  const reader = createReader(source, limit)
  const onAbort = () => reader.stop()
  if (signal.aborted) reader.stop()
  else signal.addEventListener('abort', onAbort, { once: true })
  void reader.run().finally(() => signal.removeEventListener('abort', onAbort))
  return {
    [Symbol.asyncIterator]: () => ({
      next: reader.next,
      return: () => {
        reader.stop()
        return Promise.resolve({ done: true, value: undefined })
      },
    }),
  }
}

type Ending = { readonly type: 'ended' } | { readonly type: 'failed'; readonly error: unknown }

const measureOf = <T>(limit: ReadAheadLimit<T>): { most: number; sizeOf: (item: T) => number } =>
  'maxItems' in limit ? { most: limit.maxItems, sizeOf: () => 1 } : { most: limit.maxMs, sizeOf: limit.durationOf }

const createReader = <T>(source: AsyncIterable<T>, limit: ReadAheadLimit<T>) => {
  const { most, sizeOf } = measureOf(limit)
  const items: T[] = []
  let waiting = 0
  let ending: Ending | undefined
  let wakeReader = () => {}
  let wakeConsumer = () => {}

  const end = (how: Ending) => {
    ending ??= how
    wakeReader()
    wakeConsumer()
  }
  const stop = () => {
    items.length = 0
    end({ type: 'ended' })
  }
  const pull = async () => {
    for await (const item of source) {
      if (ending) return
      items.push(item)
      waiting += sizeOf(item)
      wakeConsumer()
      while (waiting >= most && !ending) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve
        })
      }
      if (ending) return
    }
  }
  const run = async () => {
    if (ending) return
    try {
      await pull()
      end({ type: 'ended' })
    } catch (error) {
      end({ type: 'failed', error })
    }
  }
  const next = async (): Promise<IteratorResult<T>> => {
    while (items.length === 0 && !ending) {
      await new Promise<void>((resolve) => {
        wakeConsumer = resolve
      })
    }
    if (items.length > 0) {
      // Checked just above: a T, which may itself be undefined.
      const item = items.shift() as T
      waiting -= sizeOf(item)
      wakeReader()
      return { done: false, value: item }
    }
    if (ending?.type !== 'failed') return { done: true, value: undefined }
    const { error } = ending
    ending = { type: 'ended' }
    throw error
  }
  return { run, next, stop }
}

export type ChannelOptions = {
  /** Most items that wait at once. */
  readonly capacity: number
  /** What a push into a full channel does: forgets the oldest item, or is refused. */
  readonly overflow: 'drop_oldest' | 'refuse'
}

/**
 * A bounded queue between a producer that must not wait (a socket, a microphone) and one consumer that iterates.
 * Items come out in push order. Leaving the loop closes the channel: later pushes are refused.
 */
export type Channel<T> = AsyncIterable<T> & {
  /** False when the item was not taken: full with `refuse`, or closed. */
  readonly push: (item: T) => boolean
  /** No more items: what waits is still delivered, then the iteration ends. */
  readonly end: () => void
  /** As `end`, but the iteration then throws `error`. The first of `end` and `fail` counts. */
  readonly fail: (error: Error) => void
  /** Items waiting now. */
  readonly size: () => number
  /** Items forgotten or refused because the channel was full. */
  readonly dropped: () => number
}

type Ending = { readonly type: 'ended' } | { readonly type: 'failed'; readonly error: Error }

/** Throws RangeError when the capacity is not a whole number above 0. */
export const createChannel = <T>({ capacity, overflow }: ChannelOptions): Channel<T> => {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`a channel needs a capacity of at least 1, got ${capacity}`)
  }
  // A ring: shifting an array costs its length once it is long.
  const ring: (T | undefined)[] = []
  let head = 0
  let size = 0
  let dropped = 0
  let ending: Ending | undefined
  let wake: (() => void) | undefined

  const wakeConsumer = () => {
    wake?.()
    wake = undefined
  }
  const take = (): T => {
    // Only called with size > 0: the slot holds a T, which may itself be undefined.
    const item = ring[head] as T
    ring[head] = undefined
    head = (head + 1) % capacity
    size--
    return item
  }
  const push = (item: T): boolean => {
    if (ending) return false
    if (size === capacity) {
      dropped++
      if (overflow === 'refuse') return false
      take()
    }
    ring[(head + size) % capacity] = item
    size++
    wakeConsumer()
    return true
  }
  const close = (how: Ending) => {
    ending ??= how
    wakeConsumer()
  }
  const next = async (): Promise<IteratorResult<T>> => {
    while (size === 0 && !ending) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (size > 0) return { done: false, value: take() }
    if (ending?.type === 'failed') {
      const { error } = ending
      ending = { type: 'ended' }
      throw error
    }
    return { done: true, value: undefined }
  }
  const abandon = (): Promise<IteratorResult<T>> => {
    close({ type: 'ended' })
    while (size > 0) take()
    return Promise.resolve({ done: true, value: undefined })
  }
  return {
    push,
    end: () => close({ type: 'ended' }),
    fail: (error) => close({ type: 'failed', error }),
    size: () => size,
    dropped: () => dropped,
    [Symbol.asyncIterator]: () => ({ next, return: abandon }),
  }
}

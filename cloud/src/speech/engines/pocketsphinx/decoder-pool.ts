import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

/**
 * A bounded set of things that are costly to make and used by one at a time. They are made on demand, kept warm, and given to
 * those who wait in order of arrival; who waits longer than `maxWaitMs`, or finds `maxWaiting` in the queue, is refused with
 * `EngineError('busy')`.
 */
export type Pool<T> = {
  /** The most it makes: who finds 0 need not ask. */
  readonly size: number
  readonly lease: (signal: AbortSignal) => Promise<Lease<T>>
  /** A free one, at once, or nothing; in that case another is made for the next who asks, if there may be more. */
  readonly tryLease: () => Lease<T> | undefined
  /** Makes the first `count` ahead of need. */
  readonly warm: (count: number) => Promise<void>
  readonly close: () => Promise<void>
}

export type Lease<T> = {
  readonly value: T
  /** Gives it back; `broken` drops it, and another is made when needed. Only the first call counts. */
  readonly release: (broken?: boolean) => void
}

export type PoolDeps<T> = {
  readonly clock: Clock
  readonly size: number
  readonly maxWaiting: number
  readonly maxWaitMs: number
  readonly make: () => Promise<T>
  readonly dispose: (value: T) => Promise<void>
}

type Waiter<T> = { readonly take: (lease: Lease<T>) => void }

export const createPool = <T>(deps: PoolDeps<T>): Pool<T> => {
  const free: T[] = []
  const waiting: Waiter<T>[] = []
  let made = 0
  let closed = false

  const discard = (value: T) => {
    made--
    // A decoder that cannot even be freed is lost memory, not a failed turn.
    deps.dispose(value).catch(() => {})
  }
  const put = (value: T) => {
    if (closed) return discard(value)
    const next = waiting.shift()
    if (next) next.take(leaseOf(value))
    else free.push(value)
  }
  const leaseOf = (value: T): Lease<T> => {
    let held = true
    const release = (broken = false) => {
      if (!held) return
      held = false
      if (!broken) return put(value)
      discard(value)
      if (waiting.length > 0) makeForWaiter()
    }
    return { value, release }
  }
  const makeOne = async (): Promise<T> => {
    made++
    try {
      return await deps.make()
    } catch (cause) {
      made--
      throw cause
    }
  }
  const makeForWaiter = () => {
    // Who waits hears of the failure by its own time limit.
    makeOne().then(put, () => {})
  }
  const takeFree = (): Lease<T> | undefined => {
    const value = free.pop()
    return value === undefined ? undefined : leaseOf(value)
  }
  const tryLease = (): Lease<T> | undefined => {
    const ready = takeFree()
    if (!ready && !closed && made < deps.size) makeForWaiter()
    return ready
  }
  const wait = (signal: AbortSignal): Promise<Lease<T>> =>
    new Promise((resolve, reject) => {
      const leave = (error: Error) => {
        settle()
        reject(error)
      }
      const waiter: Waiter<T> = {
        take: (lease) => {
          settle()
          resolve(lease)
        },
      }
      const onAbort = () => leave(new EngineError('busy', 'the wait for a decoder was given up'))
      const timer = deps.clock.startTimer(deps.maxWaitMs, () =>
        leave(new EngineError('busy', `all ${deps.size} decoders were taken for ${deps.maxWaitMs} ms`)),
      )
      const settle = () => {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
        const place = waiting.indexOf(waiter)
        if (place >= 0) waiting.splice(place, 1)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.push(waiter)
    })
  return {
    size: deps.size,
    tryLease,
    lease: async (signal) => {
      if (closed) throw new EngineError('failed', 'the engine is closing')
      const ready = takeFree()
      if (ready) return ready
      if (made < deps.size) return leaseOf(await makeOne())
      if (waiting.length >= deps.maxWaiting) {
        throw new EngineError('busy', `all ${deps.size} decoders are taken and ${waiting.length} requests wait`)
      }
      return wait(signal)
    },
    warm: async (count) => {
      const missing = Math.min(count, deps.size) - made
      for (let n = 0; n < missing; n++) put(await makeOne())
    },
    close: async () => {
      closed = true
      await Promise.all(free.splice(0).map((value) => deps.dispose(value)))
    },
  }
}

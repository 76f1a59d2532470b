import type { Log } from '@mynah/shared/log/log.ts'

/** A set of callbacks; one that throws is a bug, is logged, and does not keep the others from being called. */
export const createListeners = <T>(log: Log) => {
  const listeners = new Set<(value: T) => void>()
  return {
    add: (listener: (value: T) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    call: (value: T) => {
      for (const listener of listeners) {
        try {
          listener(value)
        } catch (error) {
          log.error('a listener of the broker failed', { error })
        }
      }
    },
  }
}

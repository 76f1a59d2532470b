import type { Clock } from '@mynah/shared/time/clock.ts'

/** A map that forgets: entries unused for `expiryMs` are gone, and beyond `capacity` the one unused for longest goes first. */
export type ExpiringMap<V> = {
  /** Reading an entry counts as use. */
  readonly get: (key: string) => V | undefined
  readonly set: (key: string, value: V) => void
  readonly delete: (key: string) => void
  readonly size: () => number
}

type Deps = { readonly clock: Pick<Clock, 'now'>; readonly capacity: number; readonly expiryMs: number }

export const createExpiringMap = <V>({ clock, capacity, expiryMs }: Deps): ExpiringMap<V> => {
  // Insertion order is order of use: every use takes an entry out and puts it in again at the end.
  const entries = new Map<string, { readonly value: V; readonly usedAtMs: number }>()

  const dropOld = (): void => {
    for (const [key, { usedAtMs }] of entries) {
      if (entries.size <= capacity && clock.now() - usedAtMs < expiryMs) return
      entries.delete(key)
    }
  }

  const put = (key: string, value: V): void => {
    entries.delete(key)
    entries.set(key, { value, usedAtMs: clock.now() })
    dropOld()
  }

  return {
    get: (key) => {
      dropOld()
      const entry = entries.get(key)
      if (!entry) return undefined
      put(key, entry.value)
      return entry.value
    },
    set: put,
    delete: (key) => void entries.delete(key),
    size: () => {
      dropOld()
      return entries.size
    },
  }
}

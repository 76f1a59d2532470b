/** A set that forgets its oldest members: bounded memory of what was seen lately. */
export type RecentIds<T> = { readonly add: (id: T) => void; readonly has: (id: T) => boolean }

export const createRecentIds = <T>(capacity: number): RecentIds<T> => {
  const ids = new Set<T>()
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      ids.add(id)
      if (ids.size <= capacity) return
      const [oldest] = ids
      if (oldest !== undefined) ids.delete(oldest)
    },
  }
}

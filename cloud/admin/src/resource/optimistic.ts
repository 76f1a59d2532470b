import type { ApiFailure } from '@mynah/shared/api/client.ts'
import type { Result } from '@mynah/shared/result.ts'
import { useRef, useState } from 'preact/hooks'

export type Optimistic<T> = {
  /** What to show: the wish while it is under way, else what is known. */
  readonly value: T
  readonly set: (wish: T) => void
  /** Shown while a slider moves, before anything is asked of the cloud. */
  readonly preview: (wish: T) => void
  /** Counts how often a wish was refused and taken back; a control that changes its key with it shows so. */
  readonly rollbacks: number
}

/**
 * Shows a wish at once and takes it back when it is refused. Wishes of one control go one after the other; of those that come
 * while one is under way only the last is sent.
 */
export const useOptimistic = <T>(
  known: T,
  ask: (wish: T) => Promise<Result<unknown, ApiFailure>>,
  onRefused: (failure: ApiFailure) => void,
): Optimistic<T> => {
  const [wish, setWish] = useState<{ readonly value: T }>()
  const [rollbacks, setRollbacks] = useState(0)
  const next = useRef<{ readonly value: T }>()
  const isAsking = useRef(false)

  const askAll = async () => {
    isAsking.current = true
    while (next.current) {
      const asked = next.current
      next.current = undefined
      const result = await ask(asked.value)
      if (next.current) continue
      setWish(undefined)
      if (!result.ok) {
        setRollbacks((count) => count + 1)
        onRefused(result.error)
      }
    }
    isAsking.current = false
  }
  return {
    value: wish ? wish.value : known,
    rollbacks,
    preview: (value) => setWish({ value }),
    set: (value) => {
      setWish({ value })
      next.current = { value }
      if (!isAsking.current) void askAll()
    },
  }
}

import type { Clock, Timer } from '@mynah/shared/time/clock.ts'

/** Passes on what comes: the first at once, what follows it closely together. */
export type Gathering<T> = {
  readonly add: (item: T) => void
  /** What has been gathered goes now: something else must come after it. */
  readonly pass: () => void
  /** Nobody is there to have it. */
  readonly drop: () => void
}

export const createGathering = <T>({
  clock,
  gatherMs,
  passOn,
}: {
  readonly clock: Pick<Clock, 'startTimer'>
  /** Items wait at most so long. */
  readonly gatherMs: number
  readonly passOn: (items: readonly T[]) => void
}): Gathering<T> => {
  let gathered: T[] = []
  let timer: Timer | undefined
  const pass = () => {
    if (gathered.length === 0) return
    const items = gathered
    gathered = []
    timer ??= clock.startTimer(gatherMs, () => {
      timer = undefined
      pass()
    })
    passOn(items)
  }
  return {
    add: (item) => {
      gathered.push(item)
      if (!timer) pass()
    },
    pass,
    drop: () => {
      gathered = []
      timer?.cancel()
      timer = undefined
    },
  }
}

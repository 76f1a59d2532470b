import type { Clock } from '@mynah/shared/time/clock.ts'
import { createLoopLag, type LoopLag } from './loop-lag.ts'

/** Whether this process has more to do than it can: what is new is then refused, so that what runs goes on. */
export type Overload = Pick<LoopLag, 'lagMs' | 'run'> & { readonly isOverloaded: () => boolean }

/** A turn whose answers come half a second late is no conversation any more; below the second bound it is again. */
const bounds = { beginMs: 500, endMs: 200 } as const

export const createOverload = (deps: { readonly clock: Clock }): Overload => {
  const { beyond, lagMs, run } = createLoopLag(deps)
  return { isOverloaded: beyond(bounds), lagMs, run }
}

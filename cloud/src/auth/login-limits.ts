import type { Clock } from '@mynah/shared/time/clock.ts'
import { createRateLimit } from './rate-limit.ts'

/** Guessing is slowed by address, by address and login, and by login alone, so that neither one guesser nor many get far. */
export type LoginLimits = {
  /** Counts an attempt before it is checked, so that many at once are counted too. Seconds to wait; 0: go on. */
  readonly begin: (address: string, login: string) => number
  /** The attempt was right: it does not count. */
  readonly forgive: (address: string, login: string) => void
}

const maxKeys = 20_000

export const createLoginLimits = (clock: Pick<Clock, 'now'>): LoginLimits => {
  const limits = [
    {
      by: (address: string, _login: string) => address,
      waitS: 5,
      limit: createRateLimit({ clock, burst: 30, perSecond: 0.2, maxKeys }),
    },
    {
      by: (address: string, login: string) => JSON.stringify([address, login]),
      waitS: 30,
      limit: createRateLimit({ clock, burst: 6, perSecond: 1 / 30, maxKeys }),
    },
    // Wide: a stranger must not be able to lock somebody out.
    {
      by: (_address: string, login: string) => login,
      waitS: 5,
      limit: createRateLimit({ clock, burst: 100, perSecond: 0.2, maxKeys }),
    },
  ]
  return {
    begin: (address, login) => {
      const waits = limits.map(({ by, limit, waitS }) => (limit.isExhausted(by(address, login)) ? waitS : 0))
      const waitS = Math.max(...waits)
      if (waitS === 0) for (const { by, limit } of limits) limit.take(by(address, login))
      return waitS
    },
    forgive: (address, login) => {
      for (const { by, limit } of limits) limit.giveBack(by(address, login))
    },
  }
}

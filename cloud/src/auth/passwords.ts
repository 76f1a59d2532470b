import { hash, verify } from '@node-rs/argon2'

/** Argon2id, the first choice of the OWASP password storage cheat sheet: 19 MiB, 2 passes, 1 lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Each check takes 19 MiB and a core for some 30 ms: the rest of the cloud must not starve. */
const atOnce = 2
const maxWaiting = 50

export type Passwords = {
  /** Undefined when too many wait already. */
  readonly hash: (password: string) => Promise<string | undefined>
  /** Takes the same work when there is no such person. */
  readonly check: (passwordHash: string | undefined, password: string) => Promise<'right' | 'wrong' | 'busy'>
}

const createTurnstile = () => {
  const waiting: (() => void)[] = []
  let inside = 0
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (waiting.length >= maxWaiting) return undefined
    if (inside >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else inside += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else inside -= 1
    }
  }
}

export const createPasswords = (): Passwords => {
  const enter = createTurnstile()
  let nobodys: Promise<string> | undefined
  return {
    hash: (password) => enter(() => hash(password, cost)),
    check: async (passwordHash, password) => {
      nobodys ??= hash('nobody has this password', cost)
      const against = passwordHash ?? (await nobodys)
      const matches = await enter(() => verify(against, password))
      if (matches === undefined) return 'busy'
      return matches && passwordHash !== undefined ? 'right' : 'wrong'
    },
  }
}

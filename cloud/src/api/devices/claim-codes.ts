import { randomInt } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createRateLimit } from '../../auth/rate-limit.ts'
import type { ClaimCodeStore, CodeOwner } from '../../store/claim-code-store.ts'
import { newSecretToken, secretTokenHash } from '../../store/secret-token.ts'

export type IssuedCode = { readonly code: string; readonly pollToken: string; readonly expiresInS: number }

/** A speaker without a token says a code; whoever types it gets the speaker; the speaker then gets a token. */
export type ClaimCodes = {
  /** Undefined when too many speakers wait, or too many have asked just now. */
  readonly issue: (owner: CodeOwner) => IssuedCode | undefined
  /**
   * Which speaker says this code. A wrong one counts against `person` and against everybody; `waitS`: guessed too often, nothing was
   * looked up. The code works until `give` or `drop`.
   */
  readonly find: (
    code: string,
    person: string,
  ) =>
    | ({ readonly type: 'found' } & CodeOwner)
    | { readonly type: 'unknown' }
    | { readonly type: 'too_often'; readonly waitS: number }
  readonly give: (code: string, tokenId: string) => void
  readonly drop: (code: string) => void
  /** `tokenId` once it was claimed; the same answer again, so that a lost reply does not cost the claim. */
  readonly poll: (pollToken: string) => { readonly tokenId?: string } | undefined
}

const lifetimeMs = 10 * 60_000
const maxWaiting = 500
const drawsOfACode = 20
const everybody = 'everybody'

/** Five wrong codes, then one a minute; everybody together no more than 4,320 a day: a million guesses take half a year. */
const createGuessLimits = (clock: Pick<Clock, 'now'>) => {
  const ofPerson = { waitS: 60, limit: createRateLimit({ clock, burst: 5, perSecond: 1 / 60, maxKeys: 10_000 }) }
  const ofAll = { waitS: 20, limit: createRateLimit({ clock, burst: 50, perSecond: 1 / 20, maxKeys: 1 }) }
  return {
    waitS: (person: string) =>
      Math.max(
        ofPerson.limit.isExhausted(person) ? ofPerson.waitS : 0,
        ofAll.limit.isExhausted(everybody) ? ofAll.waitS : 0,
      ),
    count: (person: string) => {
      ofPerson.limit.take(person)
      ofAll.limit.take(everybody)
    },
  }
}

export const createClaimCodes = ({
  clock,
  store,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly store: ClaimCodeStore
}): ClaimCodes => {
  const guesses = createGuessLimits(clock)
  // Addresses are counted at the gate; this is for the many who share no address.
  const issued = createRateLimit({ clock, burst: 100, perSecond: 0.5, maxKeys: 1 })
  const draw = (owner: CodeOwner, draws: number): IssuedCode | undefined => {
    if (draws === 0) return undefined
    const pollToken = newSecretToken()
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    const isNew = store.add({ pollHash: secretTokenHash(pollToken), code, ...owner, lifetimeMs })
    return isNew ? { code, pollToken, expiresInS: lifetimeMs / 1_000 } : draw(owner, draws - 1)
  }
  return {
    issue: (owner) => {
      if (!issued.take(everybody) || store.waiting() >= maxWaiting) return undefined
      return draw(owner, drawsOfACode)
    },
    find: (code, person) => {
      const waitS = guesses.waitS(person)
      if (waitS > 0) return { type: 'too_often', waitS }
      const owner = store.ownerOf(code)
      if (owner) return { type: 'found', ...owner }
      guesses.count(person)
      return { type: 'unknown' }
    },
    give: (code, tokenId) => store.give(code, tokenId, lifetimeMs),
    drop: store.drop,
    poll: (pollToken) => store.poll(secretTokenHash(pollToken)),
  }
}

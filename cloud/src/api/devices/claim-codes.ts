import { randomInt } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { newSecretToken, secretTokenHash } from '../../store/secret-token.ts'

/** A speaker without a token says a code; whoever types it gets the speaker; the speaker then gets a token. */
export type ClaimCodes = {
  /** Undefined when too many speakers wait. */
  readonly issue: (
    deviceId: string,
  ) => { readonly code: string; readonly pollToken: string; readonly expiresInS: number } | undefined
  /** Which speaker says this code; each code works once. */
  readonly take: (
    code: string,
  ) => { readonly deviceId: string; readonly give: (enrolmentToken: string) => void } | undefined
  readonly poll: (
    pollToken: string,
  ) => { readonly state: 'waiting' } | { readonly state: 'claimed'; readonly token: string } | undefined
}

type Waiting = {
  readonly deviceId: string
  readonly code: string
  readonly untilMs: number
  token?: string
  isTaken: boolean
}

const lifetimeMs = 10 * 60_000
const maxWaiting = 1_000

export const createClaimCodes = (clock: Pick<Clock, 'now'>): ClaimCodes => {
  const byPoll = new Map<string, Waiting>()
  const byCode = new Map<string, Waiting>()
  const keyOf = (pollToken: string) => Buffer.from(secretTokenHash(pollToken)).toString('base64url')
  const forgetOld = () => {
    for (const [key, waiting] of byPoll) {
      if (waiting.untilMs > clock.now()) continue
      byPoll.delete(key)
      if (byCode.get(waiting.code) === waiting) byCode.delete(waiting.code)
    }
  }
  const newCode = (): string => {
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    return byCode.has(code) ? newCode() : code
  }
  return {
    issue: (deviceId) => {
      forgetOld()
      if (byPoll.size >= maxWaiting) return undefined
      const pollToken = newSecretToken()
      const waiting: Waiting = { deviceId, code: newCode(), untilMs: clock.now() + lifetimeMs, isTaken: false }
      byPoll.set(keyOf(pollToken), waiting)
      byCode.set(waiting.code, waiting)
      return { code: waiting.code, pollToken, expiresInS: lifetimeMs / 1_000 }
    },
    take: (code) => {
      forgetOld()
      const waiting = byCode.get(code)
      if (!waiting || waiting.isTaken) return undefined
      waiting.isTaken = true
      byCode.delete(code)
      return {
        deviceId: waiting.deviceId,
        give: (token) => {
          waiting.token = token
        },
      }
    },
    poll: (pollToken) => {
      forgetOld()
      const waiting = byPoll.get(keyOf(pollToken))
      if (!waiting) return undefined
      // The same answer again to the same speaker: a lost reply does not cost the claim.
      return waiting.token === undefined ? { state: 'waiting' } : { state: 'claimed', token: waiting.token }
    },
  }
}

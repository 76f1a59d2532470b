import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Principal } from '../auth/principals.ts'
import { newSecretToken, secretTokenHash } from '../store/secret-token.ts'

export type LiveTickets = {
  readonly issue: (principal: Principal) => { readonly ticket: string; readonly expiresInS: number }
  /** Works once. */
  readonly redeem: (ticket: string) => Principal | undefined
}

const lifetimeMs = 30_000
const maxOpen = 20_000

/** One-time tickets for the WebSocket: no lasting secret stands in an address, where logs would keep it. */
export const createLiveTickets = (clock: Pick<Clock, 'now'>): LiveTickets => {
  const open = new Map<string, { readonly principal: Principal; readonly untilMs: number }>()
  const keyOf = (ticket: string) => Buffer.from(secretTokenHash(ticket)).toString('base64url')
  return {
    issue: (principal) => {
      const oldest = open.keys().next()
      if (open.size >= maxOpen && !oldest.done) open.delete(oldest.value)
      const ticket = newSecretToken()
      open.set(keyOf(ticket), { principal, untilMs: clock.now() + lifetimeMs })
      return { ticket, expiresInS: lifetimeMs / 1_000 }
    },
    redeem: (ticket) => {
      const key = keyOf(ticket)
      const found = open.get(key)
      open.delete(key)
      return found && found.untilMs > clock.now() ? found.principal : undefined
    },
  }
}

import type { Clock } from '@mynah/shared/time/clock.ts'
import { newSecretToken, secretTokenHash } from '../store/secret-token.ts'

/** One-time tickets for one kind of WebSocket: a ticket of one is worth nothing at another. */
export type Tickets<Holder> = {
  readonly issue: (holder: Holder) => { readonly ticket: string; readonly expiresInS: number }
  /** Works once. */
  readonly redeem: (ticket: string) => Holder | undefined
}

const lifetimeMs = 30_000
const maxOpen = 20_000

/** No lasting secret stands in an address, where logs would keep it. */
export const createTickets = <Holder>(clock: Pick<Clock, 'now'>): Tickets<Holder> => {
  const open = new Map<string, { readonly holder: Holder; readonly untilMs: number }>()
  const keyOf = (ticket: string) => Buffer.from(secretTokenHash(ticket)).toString('base64url')
  return {
    issue: (holder) => {
      const oldest = open.keys().next()
      if (open.size >= maxOpen && !oldest.done) open.delete(oldest.value)
      const ticket = newSecretToken()
      open.set(keyOf(ticket), { holder, untilMs: clock.now() + lifetimeMs })
      return { ticket, expiresInS: lifetimeMs / 1_000 }
    },
    redeem: (ticket) => {
      const key = keyOf(ticket)
      const found = open.get(key)
      open.delete(key)
      return found && found.untilMs > clock.now() ? found.holder : undefined
    },
  }
}

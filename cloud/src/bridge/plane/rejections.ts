import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { DatagramRejection } from '@mynah/shared/wire/datagram.ts'

export type RejectionCode =
  | DatagramRejection['code']
  /** Too short, too long or of another version to name a stream at all. */
  | 'malformed'
  /** Of a stream that was closed a moment ago. */
  | 'stream_closed'
  /** Through a tunnel of another speaker. */
  | 'foreign_tunnel'

export type Rejections = {
  readonly count: (code: RejectionCode) => void
  readonly totals: () => Readonly<Partial<Record<RejectionCode, number>>>
}

const quietMs = 60_000

/** Counts what was dropped, by reason; a flood costs one line of log a minute. */
export const createRejections = ({ clock, log }: { readonly clock: Clock; readonly log: Log }): Rejections => {
  const totals: Partial<Record<RejectionCode, number>> = {}
  let loggedAtMs = Number.NEGATIVE_INFINITY
  return {
    count: (code) => {
      totals[code] = (totals[code] ?? 0) + 1
      const nowMs = clock.now()
      if (nowMs - loggedAtMs < quietMs) return
      loggedAtMs = nowMs
      log.warn('datagrams rejected', { totals: { ...totals } })
    },
    totals: () => totals,
  }
}

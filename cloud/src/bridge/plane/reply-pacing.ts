import type { Clock } from '@mynah/shared/time/clock.ts'
import { createSealer } from '@mynah/shared/wire/datagram.ts'
import type { CreateDatagramCipher } from '@mynah/shared/wire/datagram-cipher.ts'
import { createPacingCounts, type PacingCounts, type PacingTotals } from './pacing-counts.ts'
import { createPacingWheel } from './pacing-wheel.ts'
import type { PeerPath } from './peer-path.ts'
import { createReplyPacer, type ReplyEvents, type ReplyPacer } from './reply-pacer.ts'

/** The way down of one session. */
export type PacedStream = {
  /** For what is of the media space alone: its sequence numbers begin here, and a nonce may be used once. */
  readonly key: Uint8Array
  readonly streamId: bigint
  readonly frameSamples: number
  readonly leadMs: number
}

export type RoutedPacer = ReplyPacer & {
  /** The way to the speaker from now on; what leaves without one is lost. */
  readonly route: (path: PeerPath | undefined) => void
}

/** Seals replies and sends them at their time: in this thread, or in one that has nothing else to do (`pacing-thread.ts`). */
export type ReplyPacing = {
  /** Throws RangeError when the key is not 32 bytes. */
  readonly open: (stream: PacedStream, events: ReplyEvents) => RoutedPacer
  readonly totals: () => PacingTotals
}

type PacingHereDeps = {
  readonly clock: Clock
  /** Never waits and never throws. */
  readonly send: (bytes: Uint8Array, path: PeerPath) => void
  readonly counts?: PacingCounts
  /** That of node:crypto when absent. */
  readonly createCipher?: CreateDatagramCipher
}

export const createPacingHere = (deps: PacingHereDeps): ReplyPacing => {
  const { clock, counts = createPacingCounts() } = deps
  const wheel = createPacingWheel({ clock, onSize: counts.paces })
  const open: ReplyPacing['open'] = ({ key, streamId, frameSamples, leadMs }, events) => {
    const sealer = createSealer({ key, streamId, direction: 'downlink' }, deps.createCipher)
    let path: PeerPath | undefined
    const pacer = createReplyPacer({
      ...events,
      clock,
      wheel,
      frameSamples,
      leadMs,
      onLeft: counts.left,
      send: (outgoing) => {
        const sealed = sealer.seal(outgoing)
        counts.datagram(path !== undefined)
        if (path) deps.send(sealed, path)
      },
    })
    return {
      ...pacer,
      route: (next) => {
        path = next
      },
    }
  }
  return { open, totals: counts.totals }
}

import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

/** How a direction of the network treats datagrams. Probabilities are 0 to 1. */
export type Conditions = {
  readonly loss?: number
  readonly latencyMs?: number
  /** Each datagram is late by up to this much more. */
  readonly jitterMs?: number
  /** Share of datagrams that later ones overtake. */
  readonly reorder?: number
}

export type LinkCounters = { readonly sent: number; readonly lost: number }

/** The network between one speaker and its cloud, worse than loopback by seeded chance. */
export type LinkConditions = {
  readonly wrap: (transport: DatagramTransport) => DatagramTransport
  /** No datagram passes either way until `restore`. */
  readonly cut: () => void
  readonly restore: () => void
  readonly isCut: () => boolean
  readonly setConditions: (conditions: { readonly up?: Conditions; readonly down?: Conditions }) => void
  readonly counters: () => { readonly up: LinkCounters; readonly down: LinkCounters }
}

type LinkDeps = {
  readonly clock: Clock
  readonly seed: number
  readonly up?: Conditions
  readonly down?: Conditions
}

const overtakenByMs = 45

const createDirection = (deps: { readonly clock: Clock; readonly random: () => number }) => {
  let sent = 0
  let lost = 0
  const passageMs = (conditions: Conditions): number =>
    (conditions.latencyMs ?? 0) +
    deps.random() * (conditions.jitterMs ?? 0) +
    (deps.random() < (conditions.reorder ?? 0) ? overtakenByMs : 0)
  return {
    pass: (conditions: Conditions, isCut: boolean, deliver: () => void) => {
      sent++
      if (isCut || deps.random() < (conditions.loss ?? 0)) {
        lost++
        return
      }
      const delayMs = passageMs(conditions)
      if (delayMs > 0) deps.clock.startTimer(delayMs, deliver)
      else deliver()
    },
    counters: (): LinkCounters => ({ sent, lost }),
  }
}

export const createLinkConditions = (deps: LinkDeps): LinkConditions => {
  const { clock, seed } = deps
  const up = createDirection({ clock, random: seededRandom(seed) })
  const down = createDirection({ clock, random: seededRandom(seed + 1) })
  let conditions = { up: deps.up ?? {}, down: deps.down ?? {} }
  let cut = false
  return {
    wrap: (transport) => {
      let closed = false
      return {
        // The caller may use its bytes again once `send` returns, and a delayed datagram must not change on its way.
        send: (bytes) => {
          const datagram = bytes.slice()
          up.pass(conditions.up, cut, () => {
            if (!closed) transport.send(datagram)
          })
        },
        onDatagram: (callback) =>
          transport.onDatagram((bytes) => {
            const datagram = bytes.slice()
            down.pass(conditions.down, cut, () => {
              if (!closed) callback(datagram)
            })
          }),
        ...(transport.onClose ? { onClose: transport.onClose } : {}),
        close: () => {
          closed = true
          return transport.close()
        },
      }
    },
    cut: () => {
      cut = true
    },
    restore: () => {
      cut = false
    },
    isCut: () => cut,
    setConditions: (next) => {
      conditions = { up: next.up ?? conditions.up, down: next.down ?? conditions.down }
    },
    counters: () => ({ up: up.counters(), down: down.counters() }),
  }
}

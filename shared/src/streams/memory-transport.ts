import type { Clock } from '../time/clock.ts'
import type { DatagramTransport } from './datagram-transport.ts'
import { type Random, seededRandom } from './random.ts'

/** What a network does to datagrams. Chances are 0 to 1; all are 0 unless given. */
export type LinkConditions = {
  readonly latencyMs?: number
  /** Added to the latency, uniform from 0 to this; it delays, but keeps the order. */
  readonly jitterMs?: number
  readonly loss?: number
  /** Chance that a datagram is held back for 20 to 60 ms, so that later ones overtake it. */
  readonly reorder?: number
  /** Chance that a datagram arrives twice. */
  readonly duplicate?: number
}

export type LinkCounters = {
  readonly sent: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
  readonly delivered: number
  /** Dropped because too many were under way, as a full router queue does. */
  readonly overflowed: number
}

export type MemoryLink = {
  readonly a: DatagramTransport
  readonly b: DatagramTransport
  /** Holds for what is sent from here on; conditions that are not named stay. `{ loss: 1 }` cuts the link. */
  readonly change: (conditions: LinkConditions) => void
  /** Of both directions together. */
  readonly counters: () => LinkCounters
}

const maxUnderWay = 2_048
const holdBackMs = { least: 20, most: 60 } as const

type Wire = {
  readonly deliver: (bytes: Uint8Array) => void
  readonly random: Random
  lastDueMs: number
}

/**
 * Two ends of a link in memory. One seed, one fate: the same datagrams sent at the same times meet the same losses and delays, and
 * what one direction carries does not change the other's fate. Delivery is by the clock, never within `send`.
 */
export const createMemoryLink = (
  options: LinkConditions & { readonly clock: Clock; readonly seed: number },
): MemoryLink => {
  const { clock, seed, ...initial } = options
  let conditions: Required<LinkConditions> = {
    latencyMs: 0,
    jitterMs: 0,
    loss: 0,
    reorder: 0,
    duplicate: 0,
    ...initial,
  }
  const counters = { sent: 0, lost: 0, duplicated: 0, reordered: 0, delivered: 0, overflowed: 0 }
  let underWay = 0

  const carry = (wire: Wire, bytes: Uint8Array) => {
    if (underWay >= maxUnderWay) {
      counters.overflowed++
      return
    }
    const fate = drawFate(conditions, wire.random)
    let dueMs = clock.now() + fate.delayMs
    if (fate.isHeldBack) counters.reordered++
    else {
      dueMs = Math.max(dueMs, wire.lastDueMs)
      wire.lastDueMs = dueMs
    }
    underWay++
    clock.startTimer(dueMs - clock.now(), () => {
      underWay--
      counters.delivered++
      wire.deliver(bytes)
    })
  }
  const send = (wire: Wire, bytes: Uint8Array) => {
    counters.sent++
    if (wire.random() < conditions.loss) {
      counters.lost++
      return
    }
    const copy = Uint8Array.from(bytes)
    carry(wire, copy)
    if (wire.random() < conditions.duplicate) {
      counters.duplicated++
      carry(wire, copy.slice())
    }
  }
  const [a, b] = createEnds(seed, send)
  return {
    a,
    b,
    change: (changed) => {
      conditions = { ...conditions, ...changed }
    },
    counters: () => ({ ...counters }),
  }
}

const drawFate = ({ latencyMs, jitterMs, reorder }: Required<LinkConditions>, random: Random) => {
  const isHeldBack = random() < reorder
  const heldMs = isHeldBack ? holdBackMs.least + random() * (holdBackMs.most - holdBackMs.least) : 0
  return { isHeldBack, delayMs: latencyMs + random() * jitterMs + heldMs }
}

const createEnds = (
  seed: number,
  send: (wire: Wire, bytes: Uint8Array) => void,
): readonly [DatagramTransport, DatagramTransport] => {
  const a = createEnd()
  const b = createEnd()
  const aToB: Wire = { deliver: b.deliver, random: seededRandom(seed), lastDueMs: 0 }
  const bToA: Wire = { deliver: a.deliver, random: seededRandom(seed ^ 0x5bd1_e995), lastDueMs: 0 }
  return [a.transport((bytes) => send(aToB, bytes)), b.transport((bytes) => send(bToA, bytes))]
}

const createEnd = () => {
  let isOpen = true
  let listener: (bytes: Uint8Array) => void = () => {}
  return {
    deliver: (bytes: Uint8Array) => {
      if (isOpen) listener(bytes)
    },
    transport: (send: (bytes: Uint8Array) => void): DatagramTransport => ({
      send: (bytes) => {
        if (isOpen) send(bytes)
      },
      onDatagram: (next) => {
        listener = next
      },
      close: () => {
        isOpen = false
        return Promise.resolve()
      },
    }),
  }
}

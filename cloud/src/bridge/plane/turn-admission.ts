import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { beginLimit, type ConcurrencyBounds, type Felt, stepLimit } from '../../supervise/concurrency-limit.ts'
import { type CpuTimes, isStarved } from '../../supervise/cpu-wait.ts'
import { beginPace, enter, mayEnter } from '../../supervise/entry-pace.ts'
import type { AudioEvent } from '../audio-plane.ts'

/** How many conversations may be under way: found out by how long their replies wait for what is not an engine's own work. */
export type TurnAdmission = {
  /** Whether another one would be at the cost of those under way. */
  readonly isFull: () => boolean
  /** Before one more is under way. */
  readonly noteBegun: () => void
  readonly noteEvent: (event: AudioEvent) => void
  readonly limit: () => number
  /** Looks every half second until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type TurnAdmissionDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly underWay: () => number
  /** Of the processes that carry sound, by pid; empty where the system does not tell. */
  readonly cpuTimes: () => ReadonlyMap<number, CpuTimes>
}

const lookEveryMs = 500
const bounds: ConcurrencyBounds = {
  least: 8,
  first: 24,
  most: 5_000,
  presumedMs: 100,
  spareMs: 75,
  turnMs: 2_500,
}

export const createTurnAdmission = ({ clock, log, underWay, cpuTimes }: TurnAdmissionDeps): TurnAdmission => {
  let state = beginLimit(bounds)
  let pace = beginPace()
  let times = cpuTimes()
  let mostAtOnce = 0
  let isWanted = false
  let felt: Felt[] = []
  /** Of turns whose reply has not begun: what the recogniser's answer took beyond its computing. */
  const heard = new Map<string, number>()

  const isAnyStarved = (now: ReadonlyMap<number, CpuTimes>): boolean =>
    [...now].some(([pid, after]) => {
      const before = times.get(pid)
      return before !== undefined && isStarved(before, after)
    })
  const served = () => ({ underWay: underWay(), limit: state.limit, turnMs: bounds.turnMs })
  const look = () => {
    const nowMs = clock.now()
    const now = cpuTimes()
    mostAtOnce = Math.max(mostAtOnce, underWay())
    const next = stepLimit(state, { mostAtOnce, isWanted, felt, isStarved: isAnyStarved(now) }, { nowMs, bounds })
    if (next.limit < state.limit) {
      const [limit, was] = [next.limit, state.limit].map(Math.floor)
      log.info('fewer conversations are taken', { limit, was, quietMs: Math.round(next.quietMs) })
    }
    state = next
    times = now
    felt = []
    mostAtOnce = 0
    isWanted = false
  }
  return {
    isFull: () => {
      const isFull = !mayEnter(pace, served(), clock.now())
      isWanted ||= isFull
      return isFull
    },
    noteBegun: () => {
      pace = enter(pace, served(), clock.now())
      mostAtOnce = Math.max(mostAtOnce, underWay() + 1)
    },
    limit: () => Math.floor(state.limit),
    noteEvent: (event) => {
      switch (event.type) {
        case 'final':
          heard.set(event.sessionId, event.waitedMs - (event.computeMs ?? 0))
          return
        case 'sentence_started': {
          const waitedMs = heard.get(event.sessionId)
          if (!heard.delete(event.sessionId) || waitedMs === undefined) return
          felt.push({ atMs: clock.now(), delayMs: waitedMs + event.ttsFirstAudioMs })
          return
        }
        case 'failed':
        case 'closed':
          heard.delete(event.sessionId)
          return
        default:
          return
      }
    },
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(lookEveryMs, signal)
        if (!signal.aborted) look()
      }
    },
  }
}

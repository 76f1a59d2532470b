import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Counter } from '../metrics/registry.ts'
import type { Drop, DropReason } from './inbound.ts'

const reportEveryMs = 60_000

type DropCountDeps = { readonly clock: Clock; readonly log: Log; readonly counter: Counter }

export type DropCount = (drop: Drop, deviceId?: string) => void

/** Counts what is dropped and writes one line a minute at most, however much is thrown at it. */
export const createDropCount = ({ clock, log, counter }: DropCountDeps): DropCount => {
  const sinceReport = new Map<DropReason, { count: number; lastDetail: string; lastDevice: string | undefined }>()
  let reporting = false
  const report = () => {
    reporting = false
    const dropped = Object.fromEntries(sinceReport)
    sinceReport.clear()
    log.warn('messages dropped', { dropped, withinMs: reportEveryMs })
  }
  return ({ reason, detail }, deviceId) => {
    counter.add({ reason })
    const seen = sinceReport.get(reason)
    sinceReport.set(reason, { count: (seen?.count ?? 0) + 1, lastDetail: detail, lastDevice: deviceId })
    if (reporting) return
    reporting = true
    clock.startTimer(reportEveryMs, report)
  }
}

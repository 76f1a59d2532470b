import type { TurnMetrics } from '@mynah/shared/api/system.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type { TurnArchive, TurnFigures } from '../../store/turn-archive.ts'

const hourMs = 3_600_000
const maxTurns = 50_000
const latencyHop = 'end_of_speech_to_first_audio'
const slots = 48

/** Nearest rank (the smallest value that at least `share` of all are not above); null of nothing. */
export const percentile = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)

const hopsOf = (turns: readonly TurnFigures[]): TurnMetrics['hops'] => {
  const values = new Map<string, number[]>()
  for (const { timings } of turns) {
    for (const [hop, ms] of Object.entries(timings)) {
      const list = values.get(hop) ?? []
      list.push(ms)
      values.set(hop, list)
    }
  }
  return Object.fromEntries(
    [...values].map(([hop, list]) => {
      const ordered = sorted(list)
      return [hop, { count: list.length, p50: percentile(ordered, 0.5) ?? 0, p95: percentile(ordered, 0.95) ?? 0 }]
    }),
  )
}

const slotOf = (at: string, turns: readonly TurnFigures[]): TurnMetrics['series'][number] => {
  const latencies = sorted(turns.flatMap(({ timings }) => timings[latencyHop] ?? []))
  return {
    at,
    turns: turns.length,
    failed: turns.filter(({ outcome }) => outcome === 'failed').length,
    latency_p50_ms: percentile(latencies, 0.5),
    latency_p95_ms: percentile(latencies, 0.95),
  }
}

const failuresOf = (turns: readonly TurnFigures[]): TurnMetrics['failures'] => {
  const counts = new Map<string, { stage: string; code: string; count: number }>()
  for (const { stage, code } of turns) {
    if (stage === null) continue
    const key = `${stage} ${code}`
    const known = counts.get(key) ?? { stage, code: code ?? 'unknown', count: 0 }
    counts.set(key, { ...known, count: known.count + 1 })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, 20)
}

/** How turns of these homes went in the last hours: by hop, over time, and what failed. At most 50,000 turns are looked at. */
export const turnMetricsOf = (
  { archive, clock }: { readonly archive: Pick<TurnArchive, 'figures'>; readonly clock: Pick<Clock, 'wallTime'> },
  homeIds: readonly string[],
  hours: number,
): TurnMetrics => {
  const toMs = clock.wallTime().getTime()
  const fromMs = toMs - hours * hourMs
  const bucketMs = Math.max(60_000, Math.ceil((hours * hourMs) / slots))
  const turns = archive.figures(homeIds, instant(fromMs).toISOString(), maxTurns)
  const bySlot = new Map<number, TurnFigures[]>()
  for (const turn of turns) {
    const slot = Math.floor((instant(turn.startedAt).getTime() - fromMs) / bucketMs)
    const list = bySlot.get(slot) ?? []
    list.push(turn)
    bySlot.set(slot, list)
  }
  const slotCount = Math.ceil((toMs - fromMs) / bucketMs)
  const series = Array.from({ length: slotCount }, (_, slot) =>
    slotOf(instant(fromMs + slot * bucketMs).toISOString(), bySlot.get(slot) ?? []),
  )
  return {
    from: instant(fromMs).toISOString(),
    to: instant(toMs).toISOString(),
    bucket_s: bucketMs / 1_000,
    turn_count: turns.length,
    failed_count: turns.filter(({ outcome }) => outcome === 'failed').length,
    hops: hopsOf(turns),
    series,
    failures: failuresOf(turns),
  }
}

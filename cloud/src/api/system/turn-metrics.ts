import type { TurnMetrics } from '@mynah/shared/api/system.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type { TurnArchive, TurnFigures, TurnPosition } from '../../store/turn-archive.ts'

const hourMs = 3_600_000
const maxTurns = 50_000
const latencyHop = 'end_of_speech_to_first_audio'
const slots = 48
/** Turns read at once, some 3 ms, after which everybody else has a turn; a home that had none is a look like two. */
const sliceTurns = 300
const turnsOfLook = 2

/** Nearest rank (the smallest value that at least `share` of all are not above); null of nothing. */
export const percentile = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null

const sorted = (values: readonly number[]): readonly number[] => [...Float64Array.from(values).sort()]

type Hops = Map<string, number[]>

const addHops = (values: Hops, { timings }: TurnFigures) => {
  for (const [hop, ms] of Object.entries(timings)) {
    const list = values.get(hop) ?? []
    list.push(ms)
    values.set(hop, list)
  }
}

/** Some milliseconds for each hop of 50,000 turns. */
const hopsOf = async (values: Hops, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<TurnMetrics['hops']> => {
  const hops: TurnMetrics['hops'] = {}
  for (const [hop, list] of values) {
    const ordered = sorted(list)
    hops[hop] = { count: list.length, p50: percentile(ordered, 0.5) ?? 0, p95: percentile(ordered, 0.95) ?? 0 }
    if (list.length >= sliceTurns) await clock.sleep(0, signal)
  }
  return hops
}

type Failures = Map<string, TurnMetrics['failures'][number]>

const addFailure = (counts: Failures, { stage, code }: TurnFigures) => {
  if (stage === null) return
  const key = `${stage} ${code}`
  const known = counts.get(key) ?? { stage, code: code ?? 'unknown', count: 0 }
  counts.set(key, { ...known, count: known.count + 1 })
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

type MetricsDeps = {
  readonly archive: Pick<TurnArchive, 'figures'>
  readonly clock: Pick<Clock, 'wallTime' | 'sleep'>
}
type Wanted = { readonly homeIds: readonly string[]; readonly hours: number }

/** Reads at most `maxTurns`, in slices that leave the others of this process their time. */
const createReader = ({ archive, clock }: MetricsDeps, homeIds: readonly string[], signal: AbortSignal) => {
  let left = maxTurns
  let work = 0
  /** Of one home within one slot, slice by slice. */
  const readHome = async function* (homeId: string, from: string, end: TurnPosition) {
    for (let before = end; left > 0 && !signal.aborted; ) {
      const limit = Math.min(sliceTurns, left)
      const slice = archive.figures(homeId, { from, before }, limit)
      left -= slice.length
      yield slice
      work += slice.length + turnsOfLook
      if (work >= sliceTurns) {
        work = 0
        await clock.sleep(0, signal)
      }
      const last = slice.at(-1)
      if (!last || slice.length < limit) return
      before = last
    }
  }
  return async (from: string, end: TurnPosition): Promise<readonly TurnFigures[]> => {
    const turns: TurnFigures[] = []
    for (const homeId of homeIds) for await (const slice of readHome(homeId, from, end)) turns.push(...slice)
    return turns
  }
}

/** How turns of these homes went in the last hours: by hop, over time, and what failed. The newest 50,000 are looked at. */
export const turnMetricsOf = async (
  deps: MetricsDeps,
  { homeIds, hours }: Wanted,
  signal: AbortSignal,
): Promise<TurnMetrics> => {
  const { clock } = deps
  const toMs = clock.wallTime().getTime()
  const fromMs = toMs - hours * hourMs
  const bucketMs = Math.max(60_000, Math.ceil((hours * hourMs) / slots))
  const read = createReader(deps, homeIds, signal)
  const [hops, failures]: [Hops, Failures] = [new Map(), new Map()]
  const series: TurnMetrics['series'][number][] = []
  // What begins while this is read is not in it.
  let end = instant(toMs + 1).toISOString()
  for (let slot = Math.ceil((toMs - fromMs) / bucketMs) - 1; slot >= 0; slot--) {
    const at = instant(fromMs + slot * bucketMs).toISOString()
    const turns = await read(at, { startedAt: end, sessionId: '' })
    for (const turn of turns) {
      addHops(hops, turn)
      addFailure(failures, turn)
    }
    series.unshift(slotOf(at, turns))
    end = at
  }
  const sumOf = (of: (slot: TurnMetrics['series'][number]) => number) => series.reduce((sum, slot) => sum + of(slot), 0)
  return {
    from: instant(fromMs).toISOString(),
    to: instant(toMs).toISOString(),
    bucket_s: bucketMs / 1_000,
    turn_count: sumOf(({ turns }) => turns),
    failed_count: sumOf(({ failed }) => failed),
    hops: await hopsOf(hops, clock, signal),
    series,
    failures: [...failures.values()].sort((a, b) => b.count - a.count).slice(0, 20),
  }
}

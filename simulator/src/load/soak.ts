import { ok, type Result } from '@mynah/shared/result.ts'
import { createFaults, type Fault } from './faults.ts'
import { type Growth, growthOf, type Sample } from './growth.ts'
import type { LoadOptions } from './load-options.ts'
import { startLoadParts } from './load-run.ts'
import type { LoadDeps, LoadError, LoadSite } from './load-site.ts'
import { machineTimes, partOfCloud, processTree } from './process-usage.ts'
import { setAlarms } from './soak-alarms.ts'
import type { SoakOptions } from './soak-options.ts'
import type { Utterance } from './utterances.ts'
import type { Verdict } from './verdict.ts'

const watchedParts = ['control', 'audio', 'live'] as const
type Watched = (typeof watchedParts)[number]

export type InjectedFault = Pick<Fault, 'name' | 'likeness'> & {
  readonly times: number
  /** Of the last time. */
  readonly seen?: string | undefined
}

export type SoakOutcome = {
  readonly minutes: number
  readonly load: LoadOptions
  readonly loadAverage: number
  readonly verdict: Verdict
  readonly faults: readonly InjectedFault[]
  readonly growth: Readonly<Record<Watched, Growth>>
  readonly alarms: { readonly set: number; readonly kept: number }
  readonly failures: readonly string[]
}

const fault = { everyMs: 20_000, leastMs: 8_000 } as const
const sampleEveryMs = 2_000
/** After the last fault everything must be as it was. */
const recoverMs = 15_000

/** Pure: in a short soak they come closer together, so that each comes at least once where there is time for all. */
export const faultPaceMs = (soakMs: number, faults: number): number =>
  Math.min(fault.everyMs, Math.max(fault.leastMs, (soakMs - recoverMs) / (faults + 1)))

const sampleOf = (site: LoadSite, part: Watched, atMs: number): Sample => {
  const processes = processTree(site.cloud.pid() ?? 0).filter((each) => partOfCloud(each) === part)
  return {
    atMs,
    residentMb: processes.reduce((sum, { residentBytes }) => sum + residentBytes / 2 ** 20, 0),
    descriptors: processes.reduce((sum, { descriptors }) => sum + descriptors, 0),
  }
}

/** Injects one fault after the other until it is time to recover; then the clock is right again. */
const disturb = async (
  { clock, note }: Pick<LoadDeps, 'clock' | 'note'>,
  run: { readonly faults: readonly Fault[]; readonly site: LoadSite; readonly soakMs: number },
  signal: AbortSignal,
): Promise<readonly InjectedFault[]> => {
  const { faults, site, soakMs } = run
  const startedMs = clock.now()
  const lastMs = startedMs + soakMs - recoverMs
  const paceMs = faultPaceMs(soakMs, faults.length)
  const injected = new Map<string, InjectedFault>()
  for (let round = 0; !signal.aborted; round++) {
    const dueMs = startedMs + (round + 1) * paceMs
    await clock.sleep(Math.max(0, Math.min(dueMs, lastMs) - clock.now()), signal)
    const next = faults[round % faults.length]
    if (!next || clock.now() >= lastMs || signal.aborted) break
    note(`${Math.round((clock.now() - startedMs) / 1_000)} s: ${next.name}`)
    const { name, likeness } = next
    const seen = await next.inject(signal)
    injected.set(name, { name, likeness, times: (injected.get(name)?.times ?? 0) + 1, seen })
  }
  await site.setClock(0)
  return [...injected.values()]
}

const failuresOf = ({ verdict, growth, alarms }: Pick<SoakOutcome, 'verdict' | 'growth' | 'alarms'>) => [
  ...Object.entries(verdict.violations).map(([what, times]) => `${times} times: ${what}`),
  ...Object.entries(growth).flatMap(([part, { isFlat }]) => (isFlat ? [] : [`the ${part} process grew`])),
  ...(alarms.kept < alarms.set ? [`${alarms.set - alarms.kept} times: an alarm is not as it was set`] : []),
  ...(alarms.set === 0 ? ['no alarm could be set'] : []),
]

/** Steady load and faults in turn, for as long as was asked; then a judgement. */
export const runSoak = async (
  deps: LoadDeps & { readonly loadAverage: () => number },
  run: { readonly options: SoakOptions; readonly site: LoadSite; readonly utterances: readonly Utterance[] },
  signal: AbortSignal,
): Promise<Result<SoakOutcome, LoadError>> => {
  const { clock } = deps
  const { site, options } = run
  const soakMs = options.minutes * 60_000
  const parts = await startLoadParts(deps, { ...run, options: options.load, toleratesFaults: true })
  const samples: Record<Watched, Sample[]> = { control: [], audio: [], live: [] }
  const watch = async (untilMs: number) => {
    while (clock.now() < untilMs && !signal.aborted) {
      for (const part of watchedParts) samples[part].push(sampleOf(site, part, clock.now()))
      await clock.sleep(sampleEveryMs, signal)
    }
  }
  try {
    const alarms = await setAlarms(site, clock)
    const faults = createFaults({ clock, site, cutSpeakers: parts.cutSpeakers })
    const before = machineTimes()
    parts.begin()
    parts.hold(true)
    const [injected] = await Promise.all([disturb(deps, { faults, site, soakMs }, signal), watch(clock.now() + soakMs)])
    parts.hold(false)
    const machine = machineTimes()
    const idle = (100 * (machine.idleMs - before.idleMs)) / Math.max(1, machine.allMs - before.allMs)
    const loadAverage = deps.loadAverage()
    const kept = await alarms.kept()
    const verdict = await parts.finish(idle, signal)
    if (!verdict.ok) return verdict
    const judged = {
      verdict: verdict.value,
      growth: {
        control: growthOf(samples.control),
        audio: growthOf(samples.audio),
        live: growthOf(samples.live),
      },
      alarms: { set: alarms.set, kept },
    }
    const { minutes, load } = options
    return ok({ ...judged, minutes, load, loadAverage, faults: injected, failures: failuresOf(judged) })
  } finally {
    parts.end()
  }
}

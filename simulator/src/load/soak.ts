import { ok, type Result } from '@mynah/shared/result.ts'
import { type Growth, growthOf, type Sample } from './growth.ts'
import { startLoadParts } from './load-run.ts'
import type { LoadDeps, LoadError, LoadSite } from './load-site.ts'
import { machineTimes, partOfCloud, processTree } from './process-usage.ts'
import type { SoakOptions } from './soak-options.ts'
import type { Utterance } from './utterances.ts'
import type { Verdict } from './verdict.ts'

export type SoakOutcome = {
  readonly verdict: Verdict
  readonly faults: Readonly<Record<string, number>>
  readonly growth: Readonly<Record<'control' | 'audio', Growth>>
  readonly failures: readonly string[]
}

type Fault = { readonly name: string; readonly inject: () => Promise<void> }

const faultEveryMs = 20_000
const sampleEveryMs = 2_000
const cutShare = 1 / 3
/** After the last fault everything must be as it was. */
const recoverMs = 15_000
/** What a cut connection explains: a setting waits for its speaker, who comes back. */
const explained = /^a configuration was pending instead of applied$/

const faultsOf = (site: LoadSite, cutSpeakers: (share: number) => void): readonly Fault[] => [
  { name: 'broker connections cut', inject: async () => cutSpeakers(cutShare) },
  {
    name: 'audio worker killed',
    inject: async () => {
      const worker = processTree(site.cloud.pid() ?? 0).find((each) => partOfCloud(each) === 'audio')
      if (worker) process.kill(worker.pid, 'SIGKILL')
    },
  },
  { name: 'speech server killed', inject: async () => site.speech?.restart() },
]

const sampleOf = (site: LoadSite, part: 'control' | 'audio', atMs: number): Sample => {
  const processes = processTree(site.cloud.pid() ?? 0).filter((each) => partOfCloud(each) === part)
  return {
    atMs,
    residentMb: processes.reduce((sum, { residentBytes }) => sum + residentBytes / 2 ** 20, 0),
    descriptors: processes.reduce((sum, { descriptors }) => sum + descriptors, 0),
  }
}

/** Steady load and faults in turn, for as long as was asked; then a judgement. */
export const runSoak = async (
  deps: LoadDeps,
  run: { readonly options: SoakOptions; readonly site: LoadSite; readonly utterances: readonly Utterance[] },
  signal: AbortSignal,
): Promise<Result<SoakOutcome, LoadError>> => {
  const { clock, note } = deps
  const { site, options } = run
  const parts = await startLoadParts(deps, { ...run, options: options.load, toleratesFaults: true })
  const samples: Record<'control' | 'audio', Sample[]> = { control: [], audio: [] }
  const injected: Record<string, number> = {}
  const faults = faultsOf(site, parts.cutSpeakers)
  const startedMs = clock.now()
  const endsMs = startedMs + options.minutes * 60_000
  const before = machineTimes()

  const watch = async () => {
    while (clock.now() < endsMs && !signal.aborted) {
      for (const part of ['control', 'audio'] as const) samples[part].push(sampleOf(site, part, clock.now()))
      await clock.sleep(sampleEveryMs, signal)
    }
  }
  const disturb = async () => {
    for (let round = 0; !signal.aborted; round++) {
      await clock.sleep(Math.min(faultEveryMs, Math.max(0, endsMs - recoverMs - clock.now())), signal)
      const fault = faults[round % faults.length]
      if (!fault || clock.now() >= endsMs - recoverMs || signal.aborted) return
      note(`${Math.round((clock.now() - startedMs) / 1_000)} s: ${fault.name}`)
      injected[fault.name] = (injected[fault.name] ?? 0) + 1
      await fault.inject()
    }
  }
  try {
    parts.begin()
    parts.hold(true)
    await Promise.all([watch(), disturb()])
    parts.hold(false)
    const machine = machineTimes()
    const idle = (100 * (machine.idleMs - before.idleMs)) / Math.max(1, machine.allMs - before.allMs)
    const verdict = await parts.finish(idle, signal)
    if (!verdict.ok) return verdict
    const growth = { control: growthOf(samples.control), audio: growthOf(samples.audio) }
    const wrong = Object.entries(verdict.value.violations).filter(([what]) => !explained.test(what))
    const failures = [
      ...wrong.map(([what, times]) => `${times} times: ${what}`),
      ...Object.entries(growth).flatMap(([part, { isFlat }]) => (isFlat ? [] : [`the ${part} process grew`])),
    ]
    return ok({ verdict: verdict.value, faults: injected, growth, failures })
  } finally {
    parts.end()
  }
}

/** What happened, for somebody who has never seen it. */
export const describeSoak = ({ verdict, faults, growth, failures }: SoakOutcome): string =>
  [
    `Faults injected: ${Object.entries(faults)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ')}`,
    `Turns: ${verdict.turns.completed} completed, ${verdict.turns.failed} failed with the faults, ${verdict.turns.busy} busy`,
    `Statuses: ${verdict.statuses} sent, ${verdict.row.lost_status} acknowledged ones lost; speakers online at the end: ${verdict.row.devices}`,
    `Live events: ${verdict.events}; API p99 ${verdict.row.api_p99_ms} ms; idle CPU ${verdict.row.idle_cpu_pct} %`,
    ...Object.entries(growth).map(
      ([part, each]) =>
        `${part}: ${each.fromMb.toFixed(0)} MB in the middle, ${each.toMb.toFixed(0)} MB at the end; ${each.fromDescriptors} and ${each.toDescriptors} descriptors`,
    ),
    ...(failures.length === 0
      ? ['Every check passed.']
      : ['These checks failed:', ...failures.map((each) => `  ${each}`)]),
  ].join('\n')

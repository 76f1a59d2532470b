import { boundOf, type CloudLateness } from './cloud-record.ts'
import type { Histogram } from './histogram.ts'
import type { LoadOptions } from './load-options.ts'
import type { LoadOutcome } from './load-run.ts'

const percentiles = (times: Histogram): string =>
  times.count() === 0
    ? 'none'
    : `p50 ${times.percentile(0.5)}, p95 ${times.percentile(0.95)}, p99 ${times.percentile(0.99)} ms (${times.count()})`

const describeCloudLateness = (lateness: CloudLateness | undefined): string => {
  if (!lateness || lateness.frames === 0) return 'not known'
  const atMost = [0.5, 0.95, 0.99].map((share) => {
    const boundMs = boundOf(lateness, share)
    return `p${share * 100} ${boundMs === undefined ? 'beyond all bounds' : `at most ${boundMs} ms`}`
  })
  return `${atMost.join(', ')} (${lateness.frames})`
}

const hourMs = 3_600_000

/** Of what the processes used while the load was held; everything else that they did is in it. */
export const cpuPerTurn = ({ usage, heldMs }: Pick<LoadOutcome, 'usage' | 'heldMs'>, turns: number): string => {
  const msOf = (part: string) => ((usage[part]?.cores ?? 0) * heldMs) / Math.max(1, turns)
  const parts = ['control', 'audio', 'speech'].map((part) => msOf(part))
  const perCoreHour = hourMs / parts.reduce((sum, ms) => sum + ms, 0)
  const each = parts.map((ms) => ms.toFixed(1)).join(' / ')
  return turns === 0 ? 'no turns' : `${each} ms (${turns} turns): ${perCoreHour.toFixed(0)} turns per core and hour`
}

/** What happened, for somebody who has never seen it. */
export const describeLoad = (outcome: LoadOutcome, options: LoadOptions): string => {
  const { verdict, usage, loadAverage } = outcome
  const { row, times, turns, packets, violations } = verdict
  const lines: readonly (readonly [string, string])[] = [
    ['Speakers connected', `${row.devices} of ${options.devices}`],
    ['Conversations at once, at most', `${row.streams} of ${options.streams}`],
    ['Turns', `${turns.completed} completed, ${turns.busy} refused as busy, ${turns.failed} failed`],
    [
      'Sound packets up / down',
      `${packets.up} / ${packets.down}, lost ${row.audio_loss_pct} %, ${packets.recovered} recovered by redundancy`,
    ],
    ['Sound of another speaker', `${row.foreign_audio} packets`],
    ['Replies that ran dry', `${packets.underruns}`],
    ['Statuses', `${verdict.statuses} sent, ${row.lost_status} lost`],
    ['Live events to browsers', `${verdict.events}`],
    ['Slowest status to all browsers', `${row.fanout_ms} ms`],
    ['API answers per second', `${row.api_rps} of ${options.apiRps}`],
    ['API, from due to answered', percentiles(times.api)],
    [
      'Setting applied by the speaker',
      `${percentiles(times.config)}; ${verdict.configsLate} of ${verdict.configs} after more than the second that an answer waits`,
    ],
    ['Wake to acknowledgement', percentiles(times.wakeToAck)],
    ['End of speech to first sound', `${percentiles(times.commitToFirstAudio)}; engines take 100 ms of it`],
    ...Object.entries(verdict.stages).map(([name, each]): readonly [string, string] => [
      `  ${name}`,
      percentiles(each),
    ]),
    ['Reply frames late by', percentiles(times.downlinkLate)],
    ['  of it in the cloud, by its own record', describeCloudLateness(outcome.cloudLateness)],
    ['  and then read by the generators late by', percentiles(times.readLate)],
    ['Speaker connects in', percentiles(times.connect)],
    ['CPU of the control process for each that connects', `${outcome.connectCpuMs.toFixed(2)} ms`],
    ['The generators themselves late by', percentiles(times.generatorLag)],
    ['CPU per turn, control / audio / speech', cpuPerTurn(outcome, times.commitToFirstAudio.count())],
    ['This machine', `idle ${row.idle_cpu_pct} %, load average ${loadAverage.toFixed(1)}`],
    ...Object.entries(usage).map(([part, { cores, residentMb, descriptors }]): readonly [string, string] => [
      `  ${part}`,
      `${cores.toFixed(2)} cores, ${residentMb.toFixed(0)} MB, ${descriptors} descriptors`,
    ]),
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  const table = lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  const faults = Object.entries(violations).map(([what, count]) => `  ${count} times: ${what}`)
  const result = faults.length === 0 ? ['Every check passed.'] : ['These checks failed:', ...faults]
  const warning =
    row.idle_cpu_pct < 5
      ? ['This machine had no CPU left: the times say how late it was, not what the cloud can do.']
      : []
  return [...table, ...warning, ...result].join('\n')
}

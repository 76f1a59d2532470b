import type { SoakOutcome } from './soak.ts'

type Row = readonly string[]

/** Columns as wide as their longest cell. */
const table = (rows: readonly Row[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

const faultRows = ({ faults }: SoakOutcome): readonly Row[] => [
  ['Went wrong on purpose', 'times', 'which is'],
  ...faults.map(
    ({ name, times, likeness, seen }): Row => [
      name,
      String(times),
      seen === undefined ? likeness : `${likeness}; ${seen}`,
    ],
  ),
]

const countRows = ({ verdict, alarms, load }: SoakOutcome): readonly Row[] => [
  ['Counted', '', 'must be'],
  ['speakers connected at the end', `${verdict.row.devices} of ${load.devices}`, 'all'],
  ['browsers that were shown all', `${load.browsers}`, 'all'],
  ['statuses sent', `${verdict.statuses}`, ''],
  ['  acknowledged, and lost', `${verdict.row.lost_status}`, '0'],
  ['conversations completed', `${verdict.turns.completed}`, ''],
  ['  and not in the record as completed', `${verdict.unrecordedTurns}`, '0'],
  ['  failed while something was wrong', `${verdict.turns.failed}`, ''],
  ['  refused as busy', `${verdict.turns.busy}`, ''],
  ["packets of somebody else's sound", `${verdict.row.foreign_audio}`, '0'],
  ['settings changed and confirmed', `${verdict.configs}`, ''],
  ['alarms set before, still as they were', `${alarms.kept} of ${alarms.set}`, 'all'],
  ['access tokens ended by the wrong clock, renewed by their logins', `${verdict.tokensRenewed}`, ''],
  ['live events shown to browsers', `${verdict.events}`, ''],
  ['browsers that came back and loaded the lists anew', `${verdict.reloads}`, ''],
]

const growthRows = ({ growth }: SoakOutcome): readonly Row[] => [
  ['Process', 'memory in the middle', 'at the end', 'descriptors', 'at the end', ''],
  ...Object.entries(growth).map(
    ([part, each]): Row => [
      part,
      `${each.fromMb.toFixed(0)} MB`,
      `${each.toMb.toFixed(0)} MB`,
      String(each.fromDescriptors),
      String(each.toDescriptors),
      each.isFlat ? 'flat' : 'GREW',
    ],
  ),
]

/** What happened, for somebody who has never seen it. */
export const describeSoak = (outcome: SoakOutcome): string => {
  const { verdict, failures, load, minutes, loadAverage } = outcome
  const head = [
    `Soak of ${minutes} minutes: ${load.devices} speakers, ${load.streams} conversations at once, ${load.apiRps} API requests a second, ${load.browsers} browsers.`,
    `This machine: idle ${verdict.row.idle_cpu_pct} %, load average ${loadAverage.toFixed(1)}. API p99 ${verdict.row.api_p99_ms} ms with the faults in it.`,
  ]
  const result =
    failures.length === 0 ? ['Every check passed.'] : ['These checks failed:', ...failures.map((each) => `  ${each}`)]
  const tables = [faultRows(outcome), countRows(outcome), growthRows(outcome)].flatMap((rows) => ['', ...table(rows)])
  return [...head, ...tables, '', ...result].join('\n')
}

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { do_not_optimize, measure } from 'mitata'
import { median } from '../src/percentiles.ts'
import { repositoryRoot } from '../src/repository.ts'
import { microCases } from './micro-cases.ts'
import { type MicroRow, ratioGraph } from './micro-graph.ts'

/**
 * `npm run bench`: what the smallest parts cost, each beside the least it could, taken in turn in the same run: the ratio says something
 * on another machine too. `npm run bench -- --write` puts table, machine and graph into docs/performance.md.
 */
const rounds = 3
const options = { min_cpu_time: 150 * 1e6 }

const medianUs = async (work: () => unknown): Promise<number> => {
  const stats = await measure(() => do_not_optimize(work()), options)
  return stats.p50 / 1_000
}

const measured: MicroRow[] = []
for (const { name, work, baseline } of microCases()) {
  const pairs: { readonly us: number; readonly baselineUs: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const baselineUs = await medianUs(baseline.work)
    pairs.push({ us: await medianUs(work), baselineUs })
  }
  const us = median(pairs.map((pair) => pair.us))
  const baselineUs = median(pairs.map((pair) => pair.baselineUs))
  const ratio = median(pairs.map((pair) => pair.us / pair.baselineUs))
  measured.push({ name, us, baseline: baseline.name, baselineUs, ratio })
  console.log(`${name.padEnd(42)} ${us.toFixed(3).padStart(9)} us   ${ratio.toFixed(2).padStart(7)} x ${baseline.name}`)
}

const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(1)}`
console.log(machine)

const marks = { begin: '<!-- micro:begin -->', end: '<!-- micro:end -->' } as const
const table = [
  `Machine of this run: ${machine}. Median of ${rounds} rounds.`,
  '',
  '| what | microseconds | least it could cost | microseconds | ratio |',
  '|---|---|---|---|---|',
  ...measured.map(
    ({ name, us, baseline, baselineUs, ratio }) =>
      `| ${name} | ${us.toFixed(2)} | ${baseline} | ${baselineUs.toFixed(2)} | ${ratio.toFixed(1)} |`,
  ),
].join('\n')

if (process.argv.includes('--write')) {
  const path = join(repositoryRoot, 'docs', 'performance.md')
  const text = readFileSync(path, 'utf8')
  const [before, rest] = text.split(marks.begin)
  const after = rest?.split(marks.end)[1]
  if (before === undefined || after === undefined) throw new Error(`${path} has no ${marks.begin} and ${marks.end}`)
  writeFileSync(path, `${before}${marks.begin}\n${table}\n${marks.end}${after}`)
  writeFileSync(join(repositoryRoot, 'docs', 'performance-micro.svg'), ratioGraph(measured))
}

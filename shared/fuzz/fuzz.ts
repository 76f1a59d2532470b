import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { seededRandom } from '../src/streams/random.ts'
import { type FuzzTarget, fuzzTargets } from './targets.ts'

/**
 * `npx tsx shared/fuzz/fuzz.ts --runs 1000000 [--seed 1] [--target datagram]`: hostile input for every parser of shared. Repeatable
 * by its seed. Exit code 1 when a promise is broken or the heap has grown by more than 8 MiB.
 */
const maxGrowthBytes = 8 * 1024 * 1024

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
  },
})

const wholeNumber = (name: string, text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`--${name} is a whole number, got "${text}"`)
  return number
}

setFlagsFromString('--expose-gc')
// The flag only shows up in contexts made after it was set.
const collectGarbage: unknown = runInNewContext('gc')
const heapBytes = (): number => {
  if (typeof collectGarbage === 'function') collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Undefined when every promise held. */
const faultOf = (target: FuzzTarget, runs: number, seed: number): string | undefined => {
  const round = target.createRound(seededRandom(seed))
  const warmUpRuns = Math.min(runs, 10_000)
  let run = 0
  try {
    for (; run < warmUpRuns; run++) round()
    const beforeBytes = heapBytes()
    for (; run < runs; run++) round()
    const growthBytes = heapBytes() - beforeBytes
    process.stdout.write(
      `${target.name.padEnd(14)} ${String(run).padStart(9)} runs, heap ${(growthBytes / 1024).toFixed(0)} KiB\n`,
    )
    return growthBytes > maxGrowthBytes ? `the heap grew by ${growthBytes} bytes` : undefined
  } catch (error) {
    return `run ${run}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}

const runs = wholeNumber('runs', values.runs)
const seed = wholeNumber('seed', values.seed)
const chosen = fuzzTargets.filter(({ name }) => values.target === undefined || name === values.target)
if (chosen.length === 0) {
  process.stderr.write(`no target "${values.target}": ${fuzzTargets.map(({ name }) => name).join(', ')}\n`)
  process.exitCode = 1
}
for (const target of chosen) {
  const fault = faultOf(target, runs, seed)
  if (fault === undefined) continue
  process.stderr.write(`${target.name} with seed ${seed}: ${fault}\n`)
  process.exitCode = 1
}

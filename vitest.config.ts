import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { patienceMs } from './test/patience.ts'
import { SlowFilesFirst } from './test/slow-files-first.ts'

/** `*.long.test.ts` live through what takes real time, browsers, shells and sound: `npm run test:long`. */
const long = '**/*.long.test.ts'
const runsLong = process.env.MYNAH_LONG === 'only'
/** Real sound in real time: nothing else runs beside these. */
const undisturbed = ['simulator/test/scenarios/**/*.test.ts']
const everything = '{shared,device,cloud,simulator,test}/**/*.test.ts'
/** `dist` holds what is built, which may be a whole system for another machine. */
const without = (...patterns: readonly string[]) => [...configDefaults.exclude, '**/dist/**', ...patterns]

const together = {
  name: 'together',
  include: runsLong ? [long] : [everything],
  exclude: runsLong ? without() : without(long, ...undisturbed),
  // Half of the time is spent waiting, for real time and for children: with one file per core the cores are half idle.
  maxWorkers: runsLong ? 1 : availableParallelism() + 1,
  sequence: { groupOrder: 0 },
}
const alone = {
  name: 'alone',
  include: runsLong ? [] : undisturbed,
  exclude: without(long),
  maxWorkers: 1,
  sequence: { groupOrder: 1 },
}

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line-reporter.ts'],
    pool: 'forks',
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: patienceMs } },
    sequence: { sequencer: SlowFilesFirst },
    projects: [
      { extends: true, test: together },
      { extends: true, test: alone },
    ],
  },
})

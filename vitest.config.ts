import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

/** `*.long.test.ts` live through what takes real time, browsers and sound: `npm run test:long`. */
const long = '**/*.long.test.ts'
const runsLong = process.env.MYNAH_LONG === 'only'

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line-reporter.ts'],
    include: runsLong ? [long] : ['{shared,device,cloud,simulator,test}/**/*.test.ts'],
    exclude: runsLong ? configDefaults.exclude : [...configDefaults.exclude, long],
    pool: 'forks',
    // Much of this waits for real time, sound and children: two share two cores well, where the default would run one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

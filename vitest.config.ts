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
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

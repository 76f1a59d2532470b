import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{shared,device,cloud,simulator,scripts,test}/**/*.test.ts'],
    pool: 'forks',
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

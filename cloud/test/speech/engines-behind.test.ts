import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('./engines-behind-process.ts', import.meta.url))

test.runIf(process.platform === 'linux')('the threads of the engines step behind the event loop', () => {
  const told = JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' }))
  expect(told.eventLoop).toBe(0)
  // Four of the thread pool at least.
  expect(told.engines.length).toBeGreaterThanOrEqual(4)
  expect(new Set(told.engines)).toEqual(new Set([9]))
})

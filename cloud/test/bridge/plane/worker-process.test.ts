import { afterEach, expect, test } from 'vitest'
import { forkWorker } from '../../../src/bridge/plane/worker-process.ts'

const { execPath } = process
afterEach(() => {
  process.execPath = execPath
})

test('a worker that cannot be started has ended, so that another one is tried', async () => {
  // As after an update of Node that moved it.
  process.execPath = '/nowhere/node'
  const worker = forkWorker({})
  const why = new Promise<string>((resolve) => worker.onExit(resolve))
  worker.send({ type: 'stop' })
  expect(await why).toContain('ENOENT')
})

import { afterEach, expect, test } from 'vitest'
import { forkUnderstanding } from '../../src/understanding/understanding-process.ts'

const { execPath } = process
afterEach(() => {
  process.execPath = execPath
})

test('a process that cannot be started has ended', async () => {
  process.execPath = '/nowhere/node'
  const understanding = forkUnderstanding()
  const why = new Promise<string>((resolve) => understanding.onExit(resolve))
  understanding.send({ type: 'open', language: 'en' })
  expect(await why).toContain('ENOENT')
})

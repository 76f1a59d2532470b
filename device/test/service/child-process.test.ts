import { afterEach, expect, test } from 'vitest'
import { forkUnderstanding } from '../../src/understanding/understanding-process.ts'
import { forkSpotter } from '../../src/wake/sherpa/spotter-process.ts'

const { execPath } = process
afterEach(() => {
  process.execPath = execPath
})

test('a process that cannot be started has ended', async () => {
  process.execPath = '/nowhere/node'
  const [understanding, spotter] = [forkUnderstanding(), forkSpotter()]
  const whys = [understanding, spotter].map(({ onExit }) => new Promise<string>((resolve) => onExit(resolve)))
  understanding.send({ type: 'open', language: 'en' })
  for (const why of await Promise.all(whys)) expect(why).toContain('ENOENT')
})

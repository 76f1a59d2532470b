import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-store.ts'

const run = promisify(execFile)
const folder = temporaryFolder()
afterEach(folder.remove)

const module = fileURLToPath(new URL('../../src/store/master-key.ts', import.meta.url))
/** They meet within microseconds only now and then. */
const meetings = 200
const untilStartedMs = 3_000

/** A process that asks for one new key after the other, at moments which the others were told too. */
const askFrom = async (wallMs: number): Promise<string> => {
  const program = `import { loadMasterKey } from ${JSON.stringify(module)}
for (let meeting = 0; meeting < ${meetings}; meeting++) {
  while (Date.now() < ${wallMs} + 5 * meeting) {}
  const key = loadMasterKey(${JSON.stringify(folder.path)} + '/' + meeting + '/master.key', false)
  process.stdout.write(Buffer.from(key).toString('hex') + ' ')
}`
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program])
  return stdout
}

test('processes that ask together for a key that is not there yet get the same one', async () => {
  const wallMs = systemClock.wallTime().getTime() + untilStartedMs
  const [first = '', second] = await Promise.all([askFrom(wallMs), askFrom(wallMs)])
  expect(first.trim().split(' ')).toHaveLength(meetings)
  expect(first).toMatch(/^[0-9a-f]{64} /)
  expect(second).toBe(first)
}, 30_000)

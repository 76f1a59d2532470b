import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../../src/repository.ts'

const rowSchema = v.strictObject({
  devices: v.literal(50),
  streams: v.pipe(v.number(), v.minValue(1), v.maxValue(5)),
  lost_status: v.literal(0),
  audio_loss_pct: v.number(),
  foreign_audio: v.literal(0),
  config_p99_ms: v.pipe(v.number(), v.minValue(0.1)),
  api_rps: v.pipe(v.number(), v.minValue(0.1)),
  api_p99_ms: v.pipe(v.number(), v.minValue(0.1)),
  fanout_ms: v.pipe(v.number(), v.minValue(0.1)),
  downlink_late_p99_ms: v.number(),
  idle_cpu_pct: v.number(),
})
const failedSchema = v.object({ code: v.number(), stdout: v.string(), stderr: v.string() })

const load = async (...args: string[]) => {
  const started = promisify(execFile)(process.execPath, ['--import', 'tsx', 'simulator/src/load/main.ts', ...args], {
    cwd: repositoryRoot,
  })
  const ended = await started.catch((error: unknown) => v.parse(failedSchema, error))
  return { code: 'code' in ended ? ended.code : 0, stdout: ended.stdout, stderr: ended.stderr }
}
const leftBehind = () => readdirSync(tmpdir()).filter((name) => name.startsWith('mynah-load-')).length

/** That it works, with every check of the run itself; how fast is for a quiet machine to say. */
test('a small load passes every check, and its last line is the row that scripts read', {
  timeout: 150_000,
}, async () => {
  const before = leftBehind()
  const args = ['--devices', '50', '--streams', '5', '--api', '20', '--browsers', '10', '--seconds', '3', '--json']
  const { code, stdout, stderr } = await load(...args)
  expect(stderr).toContain('Every check passed.')
  expect(v.safeParse(rowSchema, JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).issues).toBeUndefined()
  expect(code).toBe(0)
  expect(leftBehind()).toBeLessThanOrEqual(before)
})

test('more than the descriptors of this machine is refused before anything starts', async () => {
  const { code, stderr } = await load('--devices', '20000', '--browsers', '20000')
  // A machine that allows a million descriptors would have to be refused for something else.
  expect([code, stderr.includes('ulimit -n')]).toEqual([2, true])
})

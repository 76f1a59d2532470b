import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createChildGuard } from '../src/child-guard.ts'
import { freePorts, privateCloudEnvironment } from '../src/cloud-contract.ts'
import { type CloudProcess, startCloud } from '../src/cloud-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'mynah-doctor-'))
const store = join(folder, 'store')
const program = fileURLToPath(new URL('../../device/src/main.ts', import.meta.url))
const guard = createChildGuard()
const signal = new AbortController().signal

let cloud: CloudProcess
beforeAll(async () => {
  const settings = { dataDir: join(folder, 'cloud'), ports: freePorts, environment: privateCloudEnvironment() }
  const started = await startCloud({ clock: systemClock, guard, environment: process.env }, settings, signal)
  if (!started.ok) throw new Error(started.error.message)
  cloud = started.value
})
afterAll(async () => {
  await cloud?.stop()
  guard.killAll()
  rmSync(folder, { recursive: true, force: true })
})

const device = (...args: readonly string[]) =>
  new Promise<string>((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', program, ...args], (_, output) => resolve(output))
  })

test('the doctor of a speaker logs in to the real cloud and has its probe answered by UDP; a cloud that is gone is named', async () => {
  const token = await cloud.newEnrolmentToken(signal, 'examined')
  if (!token.ok) throw new Error(token.error.message)
  await device('enrol', '--store', store, '--cloud', cloud.ready().url, '--token', token.value)
  writeFileSync(
    join(folder, 'room.wav'),
    encodeWav(
      Int16Array.from({ length: 80_000 }, (_, i) => (i * 37) % 90),
      16_000,
    ),
  )
  const sound = ['--microphone', `file:${join(folder, 'room.wav')}`, '--loudspeaker', `file:${join(folder, 'out.wav')}`]
  const examined = await device('doctor', '--store', store, ...sound)
  expect(examined).toContain('ok   The cloud is reached.')
  expect(examined).toContain('ok   Sound goes by UDP.')
  expect(examined).toContain('ok   The clock is right.')
  const turns = await cloud.turns(signal)
  expect(turns.ok && turns.value.every(({ outcome }) => outcome !== undefined), 'no session is left open').toBe(true)
  await cloud.stop()
  expect(await device('doctor', '--store', store, ...sound)).toContain('BAD  The cloud cannot be reached.')
}, 90_000)

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PrivateCloud, startPrivateCloud } from './private-cloud.ts'

const program = fileURLToPath(new URL('../../device/src/main.ts', import.meta.url))
const signal = new AbortController().signal

let house: PrivateCloud
beforeAll(async () => {
  house = await startPrivateCloud('doctor')
})
afterAll(() => house?.close())

const device = (...args: readonly string[]) =>
  new Promise<string>((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', program, ...args], (_, output) => resolve(output))
  })

test('the doctor of a speaker logs in to the real cloud and has its probe answered by UDP; a cloud that is gone is named', async () => {
  const { cloud, folder } = house
  const store = join(folder, 'store')
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

import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readBundleHead } from '@mynah/shared/firmware/bundle.ts'
import { verifyManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'

const mainPath = fileURLToPath(new URL('../../src/firmware/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mynah-sign-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const failure = v.object({ code: v.number(), stdout: v.string(), stderr: v.string() })
const run = async (...args: string[]) => {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, ['--import', 'tsx', mainPath, ...args])) }
  } catch (error) {
    return v.parse(failure, error)
  }
}

test('makes keys, signs a payload, and tells who has signed it', async () => {
  const made = await run('keys', '--out', folder)
  const publicKey = made.stdout.trim()
  expect(statSync(join(folder, 'firmware.key')).mode & 0o777).toBe(0o600)
  // A key that signs what is in the field is never written over.
  expect((await run('keys', '--out', folder)).code).toBe(2)

  const [payload, bundle] = [join(folder, 'payload'), join(folder, 'bundle')]
  writeFileSync(payload, 'the software of a speaker')
  const sign = (...more: string[]) =>
    run('sign', '--key', join(folder, 'firmware.key'), '--in', payload, '--out', bundle, '--target', 'arm64', ...more)
  expect((await sign('--version', '1.2')).stderr).toContain('version')
  expect((await sign('--version', '1.2.0', '--min-version', '1.0.0')).code).toBe(0)

  const bytes = new Uint8Array(readFileSync(bundle))
  const head = readBundleHead(bytes)
  if (!head.ok) throw new Error(head.error.message)
  expect(verifyManifest(head.value.manifestBytes, head.value.signature, [publicKey])).toMatchObject({
    ok: true,
    value: { version: '1.2.0', min_version: '1.0.0', size_bytes: 25 },
  })
  expect(Buffer.from(bytes.subarray(head.value.payloadOffset)).toString()).toBe('the software of a speaker')

  expect((await run('inspect', bundle, '--trust', publicKey)).stdout).toContain('The signature is good.')
  const other = await run('inspect', bundle, '--trust', `mynah-fw1.${'A'.repeat(43)}`)
  expect([other.code, other.stdout.includes('Not trusted')]).toEqual([1, true])
  expect((await run('inspect', payload)).code).toBe(2)
}, 60_000)

test('takes version and processor from what is signed, and does not sign it as another', async () => {
  const dir = join(folder, 'release')
  await run('keys', '--out', dir)
  const [payload, bundle] = [join(dir, 'payload.tar.gz'), join(dir, 'bundle')]
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ format: 1, version: '1.4.0', target: 'linux-arm64' }))
  execFileSync('tar', ['-czf', payload, '-C', dir, 'manifest.json'])
  const sign = (...more: string[]) =>
    run('sign', '--key', join(dir, 'firmware.key'), '--in', payload, '--out', bundle, ...more)
  expect((await sign()).stdout).toContain('1.4.0 for arm64')
  expect((await sign('--version', '1.4.0', '--target', 'arm64')).code).toBe(0)
  for (const wrong of [
    ['--version', '1.5.0'],
    ['--target', 'x64'],
  ]) {
    const { code, stderr } = await sign(...wrong)
    expect(code).toBe(2)
    expect(stderr).toContain(`${wrong[0]} says ${wrong[1]}, the payload says`)
  }
  writeFileSync(payload, 'something else')
  expect((await sign('--version', '1.5.0')).stderr).toContain('--target is missing')
}, 60_000)

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyIdOf, newFirmwareKey, signManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import type { Manifest } from '@mynah/shared/firmware/manifest.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type InstallerDeps, type InstallStep, install, type Offer } from '../../src/update/installer.ts'
import { createSlots, type Trial } from '../../src/update/slots.ts'
import { isHealthy, runTrial } from '../../src/update/trial.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mynah-installer-'))
  await mkdir(join(root, 'slots/a'), { recursive: true })
  await symlink('slots/a', join(root, 'current'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const { privatePem, publicKey } = newFirmwareKey()
const payload = Buffer.from('not really an archive')
const offerOf = (change: Partial<Manifest> = {}, key = privatePem): Offer => {
  const manifest: Manifest = {
    v: 1,
    product: 'mynah-speaker',
    version: '1.1.0',
    target: 'arm64',
    size_bytes: payload.length,
    sha256: createHash('sha256').update(payload).digest('hex'),
    min_version: '1.0.0',
    key_id: keyIdOf(publicKey),
    made_at: '2026-01-01T00:00:00.000Z',
    ...change,
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const signature = Buffer.from(signManifest(bytes, key)).toString('base64url')
  return { release_id: 'r1', version: manifest.version, url: '/f/r1', manifest: bytes.toString('base64url'), signature }
}
const requests: { readonly url: string; readonly authorization: string | null }[] = []
const serve =
  (body: Buffer): typeof fetch =>
  async (url, init) => {
    requests.push({ url: String(url), authorization: new Headers(init?.headers).get('authorization') })
    return new Response(new Uint8Array(body))
  }
const tryInstall = async (offer: Offer, more: Partial<InstallerDeps> = {}) => {
  requests.length = 0
  const steps: InstallStep[] = []
  const deps: InstallerDeps = {
    clock: createManualClock(),
    log: silentLog,
    fetch: serve(payload),
    root,
    slots: createSlots(root),
    trustedKeys: [publicKey],
    target: 'arm64',
    version: '1.0.0',
    cloudUrl: 'http://cloud.test',
    bearer: 'kitchen:secret',
    isCloudReached: () => true,
    freeBytes: async () => 1e12,
    isQuiet: () => true,
    onStep: (step) => steps.push(step),
    ...more,
  }
  const result = await install(deps, offer, new AbortController().signal)
  return { code: result.ok ? 'installed' : result.error.code, steps }
}

describe('an offer', () => {
  it('that is not signed by a trusted key, or changed after it was signed, is not even downloaded', async () => {
    const other = newFirmwareKey()
    expect(await tryInstall(offerOf({ key_id: keyIdOf(other.publicKey) }, other.privatePem))).toMatchObject({
      code: 'untrusted',
    })
    expect(await tryInstall(offerOf({}, other.privatePem))).toMatchObject({ code: 'bad_signature' })
    const [good, newer] = [offerOf(), offerOf({ version: '9.0.0' })]
    expect(await tryInstall({ ...good, manifest: newer.manifest })).toMatchObject({ code: 'bad_signature' })
    expect(requests).toEqual([])
  })
  it('for another processor, not newer, or too far ahead is refused', async () => {
    expect(await tryInstall(offerOf({ target: 'x64' }))).toMatchObject({ code: 'wrong_target' })
    expect(await tryInstall(offerOf({ version: '1.0.0' }))).toMatchObject({ code: 'not_newer' })
    expect(await tryInstall(offerOf({ version: '0.9.0' }))).toMatchObject({ code: 'not_newer' })
    expect(await tryInstall(offerOf({ min_version: '1.0.5' }))).toMatchObject({ code: 'too_old' })
    expect(requests).toEqual([])
  })
  it('is asked for with the own password, and what comes must be what was signed', async () => {
    const damaged = Buffer.from(payload)
    damaged[0] = 0
    expect(await tryInstall(offerOf(), { fetch: serve(damaged) })).toEqual({ code: 'damaged', steps: ['verified'] })
    expect(requests).toEqual([{ url: 'http://cloud.test/f/r1', authorization: 'Bearer kitchen:secret' }])
    // The damaged file is not gone on with: the next try fetches it anew. It is no archive, but it is what was signed.
    expect(await tryInstall(offerOf())).toEqual({ code: 'not_unpacked', steps: ['verified', 'downloaded'] })
  })
  it('without room for it beside what runs is not downloaded: a full disk could not store an alarm', async () => {
    const outcome = await tryInstall(offerOf(), { freeBytes: async () => 64 * 1024 * 1024 })
    expect(outcome).toEqual({ code: 'no_room', steps: ['verified'] })
    expect(requests).toEqual([])
  })
  it('leaves nothing of other downloads, and nothing of what could not be unpacked', async () => {
    await mkdir(join(root, 'downloads'))
    await writeFile(join(root, 'downloads', `${'0'.repeat(64)}.part`), 'half of an earlier release')
    expect(await tryInstall(offerOf())).toMatchObject({ code: 'not_unpacked' })
    const { sha256 } = JSON.parse(Buffer.from(offerOf().manifest, 'base64url').toString())
    expect(await readdir(join(root, 'downloads'))).toEqual([`${sha256}.part`])
    expect(await readdir(join(root, 'slots'))).toEqual(['a'])
  })
  it('is not tried while another is on trial, nor again when it failed', async () => {
    await writeFile(join(root, 'trial'), 'b 1 reached r0\n')
    expect(await tryInstall(offerOf())).toMatchObject({ code: 'on_trial' })
    await rm(join(root, 'trial'))
    await writeFile(join(root, 'failed'), 'r1\n')
    expect(await tryInstall(offerOf())).toMatchObject({ code: 'failed_before' })
  })
})

describe('a release on trial', () => {
  const trial: Trial = { from: 'a', tries: 1, cloud: 'reached', releaseId: 'r1' }
  const well = { audio: true, wakeWord: true, cloud: true }
  it('needs sound, the wake word, and the cloud where that was reached before', () => {
    expect(isHealthy(well, trial)).toBe(true)
    expect(isHealthy({ ...well, audio: false }, trial)).toBe(false)
    expect(isHealthy({ ...well, wakeWord: false }, trial)).toBe(false)
    expect(isHealthy({ ...well, cloud: false }, trial)).toBe(false)
    expect(isHealthy({ ...well, cloud: false }, { ...trial, cloud: 'away' })).toBe(true)
  })
})

describe('a release that has proved itself', () => {
  it('stays while the disk does not take that down, and until it does', async () => {
    const clock = createManualClock()
    const slots = createSlots(root)
    await mkdir(join(root, 'slots/b'))
    await slots.switchTo('b', { cloud: 'away', releaseId: 'r1' })
    let refusals = 2
    const outcomes: string[] = []
    const confirm = async () => {
      if (refusals-- > 0) throw new Error('ENOSPC: no space left on device')
      await slots.confirm()
    }
    const health = () => ({ audio: true, wakeWord: true, cloud: true })
    const onEnd = (outcome: string) => void outcomes.push(outcome)
    const trial = runTrial(
      { clock, log: silentLog, slots: { ...slots, confirm }, health, onEnd },
      new AbortController().signal,
    )
    for (let i = 0; i < 10 && outcomes.length === 0; i++) {
      await clock.advance(60_000)
      await systemClock.sleep(10)
    }
    await trial
    expect(outcomes).toEqual(['confirmed'])
    expect(await slots.current()).toBe('b')
    expect(await slots.installedRelease()).toBe('r1')
  })
})

describe('the moment of the switch', () => {
  it('waits until nothing rings or will ring soon', async () => {
    const house = await import('./update-house.ts').then(({ createUpdateHouse }) => createUpdateHouse('well'))
    try {
      const clock = createManualClock()
      let quiet = false
      const steps: InstallStep[] = []
      const installing = tryInstall(house.offer, {
        clock,
        fetch: serve(house.payload),
        target: 'x64',
        trustedKeys: [house.publicKey],
        isQuiet: () => quiet,
        onStep: (step) => steps.push(step),
      })
      while (!steps.includes('waiting')) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(600_000)
      expect(steps).toEqual(['verified', 'downloaded', 'unpacked', 'waiting'])
      expect(await createSlots(root).current()).toBe('a')
      quiet = true
      await clock.advance(10_000)
      expect((await installing).code).toBe('installed')
      expect(await createSlots(root).current()).toBe('b')
      expect(await createSlots(root).trial()).toEqual({ from: 'a', tries: 0, cloud: 'reached', releaseId: 'release-1' })
    } finally {
      await house.close()
    }
  })
})

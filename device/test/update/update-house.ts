import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyIdOf, newFirmwareKey, signManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import type { Manifest } from '@mynah/shared/firmware/manifest.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const launcher = join(here, '../../../hardware/first-boot/launch')

export type Behaviour = 'well' | 'unwell' | 'crashes'

/** A cloud with one release, and machines that start with the release before it. */
export const createUpdateHouse = async (behaviour: Behaviour) => {
  const folder = mkdtempSync(join(tmpdir(), 'mynah-update-'))
  const program = join(folder, 'device.js')
  await build({
    entryPoints: [join(here, 'fake-device.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: program,
    logLevel: 'silent',
  })
  const releaseIn = (path: string, version: string, how: Behaviour) => {
    mkdirSync(path, { recursive: true })
    cpSync(program, join(path, 'device.js'))
    writeFileSync(join(path, 'package.json'), '{"type":"module"}')
    writeFileSync(join(path, 'release.json'), JSON.stringify({ version, behaviour: how }))
    writeFileSync(join(path, 'ballast'), Buffer.alloc(400_000, version))
    writeFileSync(join(path, 'run'), `#!/bin/sh\nexec "${process.execPath}" "$(dirname "$0")/device.js" "$@"\n`, {
      mode: 0o755,
    })
  }
  releaseIn(join(folder, 'old'), '1.0.0', 'well')
  releaseIn(join(folder, 'new'), '1.1.0', behaviour)
  const archive = join(folder, 'new.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', join(folder, 'new'), '.'])
  const payload = readFileSync(archive)

  const { privatePem, publicKey } = newFirmwareKey()
  const manifest: Manifest = {
    v: 1,
    product: 'mynah-speaker',
    version: '1.1.0',
    target: 'x64',
    size_bytes: payload.length,
    sha256: createHash('sha256').update(payload).digest('hex'),
    min_version: '1.0.0',
    key_id: keyIdOf(publicKey),
    made_at: '2026-01-01T00:00:00.000Z',
  }
  const manifestBytes = Buffer.from(JSON.stringify(manifest))
  const offer = {
    release_id: 'release-1',
    version: '1.1.0',
    url: '/firmware/release-1',
    manifest: manifestBytes.toString('base64url'),
    signature: Buffer.from(signManifest(manifestBytes, privatePem)).toString('base64url'),
  }
  const pieceBytes = Math.ceil(payload.length / 40)
  let onHalf = () => {}
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const { range } = request.headers
    ranges.push(range)
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    response.writeHead(range ? 206 : 200, { 'content-type': 'application/octet-stream' })
    // A slow network: the download takes long enough to be cut in its middle.
    const send = (at: number) => {
      if (at >= payload.length) return void response.end()
      response.write(payload.subarray(at, at + pieceBytes))
      if (at >= payload.length / 2) onHalf()
      systemClock.startTimer(10, () => send(at + pieceBytes))
    }
    send(from)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0

  const newMachine = (): string => {
    const root = mkdtempSync(join(folder, 'machine-'))
    cpSync(join(folder, 'old'), join(root, 'slots/a'), { recursive: true })
    symlinkSync('slots/a', join(root, 'current'))
    const setting = { offer, cloudUrl: `http://127.0.0.1:${port}`, trustedKey: publicKey }
    writeFileSync(join(root, 'offer.json'), JSON.stringify(setting))
    return root
  }
  /** Starts the machine; after `killAfterMs`, or half of a download, the power is cut, else it runs until it ends or has nothing left to do. */
  const power = (root: string, killAfterMs?: number | 'half_a_download'): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      const child = spawn('sh', [launcher, root, 'run', root], { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
      let said = ''
      // All that the machine runs: the whole group dies at once, as it does without power.
      const cut = () => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        } catch {
          // It has just ended by itself.
        }
      }
      const timer = systemClock.startTimer(typeof killAfterMs === 'number' ? killAfterMs : 20_000, cut)
      onHalf = killAfterMs === 'half_a_download' ? cut : () => {}
      child.stdout.setEncoding('utf8')
      child.stdout.on('data', (text: string) => {
        said += text
        if (killAfterMs === undefined && /^settled/m.test(said)) cut()
      })
      child.on('error', reject)
      child.on('close', () => {
        timer.cancel()
        resolve(said.split('\n').filter((line) => line !== ''))
      })
    })
  return {
    offer,
    payload,
    publicKey,
    ranges,
    newMachine,
    power,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

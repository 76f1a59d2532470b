import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { keyIdOf, newFirmwareKey, signManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { decodeFromDevice, encodeMessage, parseTopic } from '@mynah/shared/wire/message.ts'
import { topicOf } from '@mynah/shared/wire/topics.ts'
import { afterEach, expect, it } from 'vitest'
import { createIdentityStore } from '../../src/identity/identity.ts'
import { startLocalBroker } from '../local-broker.ts'

const launcher = new URL('../../../hardware/first-boot/launch', import.meta.url).pathname
const program = new URL('../../src/main.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'mynah-main-update-'))
const root = join(folder, 'mynah')
const store = join(folder, 'store')
const cleanUps: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  rmSync(folder, { recursive: true, force: true })
})

/** The speaker's real program, started as the unit starts it; `marker` tells the releases apart. */
const release = (path: string, marker: string) => {
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'marker'), marker)
  const run = `#!/bin/sh\necho started ${marker}\nexec "${process.execPath}" --import tsx "${program}" "$@"\n`
  writeFileSync(join(path, 'run'), run, { mode: 0o755 })
}

const startBroker = async () => {
  const { broker, port, close } = await startLocalBroker()
  cleanUps.push(close)
  const states: string[] = []
  broker.on('publish', ({ topic: text, payload }) => {
    const topic = parseTopic(text)
    if (topic?.direction !== 'from_device' || topic.kind !== 'event') return
    const event = decodeFromDevice('event', Buffer.from(payload))
    if (event.ok && event.value.type === 'update_state') states.push(event.value.code ?? '')
  })
  return { broker, states, port }
}

it('the speaker itself installs a release, starts it on trial, proves itself and does not install it again', async () => {
  release(join(root, 'slots/a'), 'old')
  symlinkSync('slots/a', join(root, 'current'))
  release(join(folder, 'new'), 'new')
  execFileSync('tar', ['-czf', join(folder, 'new.tar.gz'), '-C', join(folder, 'new'), '.'])
  const payload = readFileSync(join(folder, 'new.tar.gz'))
  const cloud = createHttpServer((request, response) => {
    response.writeHead(request.url === '/firmware/r1' ? 200 : 404)
    response.end(request.url === '/firmware/r1' ? payload : '')
  })
  cloud.listen(0, '127.0.0.1')
  await once(cloud, 'listening')
  cleanUps.push(() => new Promise((resolve) => cloud.close(resolve)))
  const { broker, states, port } = await startBroker()
  mkdirSync(store)
  await createIdentityStore(store, silentLog).write({
    deviceId: 'kitchen',
    deviceSecret: new Uint8Array(32).fill(7),
    cloudUrl: `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`,
    mqttUrl: `mqtt://127.0.0.1:${port}`,
  })
  const { privatePem, publicKey } = newFirmwareKey()
  const manifest = Buffer.from(
    JSON.stringify({
      v: 1,
      product: 'mynah-speaker',
      // Newer than what the program inside says of itself: a signer can mistake himself.
      version: '9.0.0',
      target: process.arch,
      size_bytes: payload.length,
      sha256: createHash('sha256').update(payload).digest('hex'),
      min_version: '0.0.1',
      key_id: keyIdOf(publicKey),
      made_at: '2026-01-01T00:00:00.000Z',
    }),
  )
  const offer = {
    release_id: 'r1',
    version: '9.0.0',
    url: '/firmware/r1',
    manifest: manifest.toString('base64url'),
    signature: Buffer.from(signManifest(manifest, privatePem)).toString('base64url'),
  }
  const update = Buffer.from(encodeMessage('update', { offer }))
  broker.publish(
    { cmd: 'publish', topic: topicOf('kitchen', 'update'), payload: update, qos: 1, retain: true, dup: false },
    () => {},
  )
  writeFileSync(join(folder, 'room.wav'), encodeWav(new Int16Array(16_000), 16_000))
  let output = ''
  const start = () => {
    const args = ['--store', store, '--slots', root, '--firmware-keys', publicKey]
    const sound = [
      '--microphone',
      `file:${join(folder, 'room.wav')}`,
      '--loudspeaker',
      `file:${join(folder, 'out.wav')}`,
    ]
    const child = spawn('sh', [launcher, root, 'run', 'run', ...args, ...sound], { stdio: ['ignore', 'pipe', 'pipe'] })
    const take = (bytes: Buffer) => {
      output += bytes.toString('utf8')
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    cleanUps.push(() => child.kill('SIGKILL'))
    return child
  }
  const until = async (holds: () => boolean) => {
    for (let i = 0; i < 600 && !holds(); i++) await systemClock.sleep(100)
    expect(holds(), `${states.join(', ')}\n${output.slice(-3_000)}`).toBe(true)
  }

  const first = start()
  const [exitCode] = await once(first, 'exit')
  expect(exitCode, output.slice(-3_000)).toBe(0)
  expect(readlinkSync(join(root, 'current'))).toBe('slots/b')
  expect(readFileSync(join(root, 'trial'), 'utf8')).toBe('a 0 reached r1\n')
  expect(states).toEqual(['verified', 'downloaded', 'unpacked', 'switched'])

  const second = start()
  await until(() => states.includes('confirmed'))
  await until(() => states.includes('not_newer') || states.filter((state) => state === 'verified').length > 1)
  expect(output).toContain('started new')
  expect(existsSync(join(root, 'trial'))).toBe(false)
  expect(states.filter((state) => state === 'verified').length, 'installations begun').toBe(1)
  expect(readlinkSync(join(root, 'current'))).toBe('slots/b')
  second.kill('SIGTERM')
  expect((await once(second, 'exit'))[0]).toBe(0)
}, 120_000)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { decodeFromDevice, encodeMessage, parseTopic } from '@mynah/shared/wire/message.ts'
import { type ToDeviceKind, topicOf } from '@mynah/shared/wire/topics.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIdentityStore } from '../../src/identity/identity.ts'
import { startLocalBroker } from '../local-broker.ts'

const program = new URL('../../src/main.ts', import.meta.url).pathname
/** Of nobody: root reads what nobody may read. */
const nobody = 65_534

let dir = ''
let store = ''
const cleanUps: (() => Promise<unknown> | unknown)[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-damaged-'))
  store = join(dir, 'store')
  await writeFile(join(dir, 'room.wav'), encodeWav(new Int16Array(16_000), 16_000))
})
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  await rm(dir, { recursive: true, force: true })
})

const startBroker = async () => {
  const { broker, port, close } = await startLocalBroker()
  cleanUps.push(close)
  const alarms: string[][] = []
  const told: (string | undefined)[] = []
  broker.on('publish', ({ topic: text, payload }) => {
    const topic = parseTopic(text)
    if (topic?.direction !== 'from_device') return
    const got = decodeFromDevice(topic.kind, Buffer.from(payload))
    if (!got.ok) return
    const { value } = got
    if ('items' in value) alarms.push(value.items.map((item) => item.item_id))
    else if ('command_id' in value) told.push(`${value.command_id} ${value.ok}`)
    else if ('applied' in value) told.push(`config ${value.applied} ${value.error?.code}`)
    else if (topic.kind === 'event' && 'type' in value) told.push(value.code ?? String(value.type))
  })
  const send = <K extends ToDeviceKind>(kind: K, message: Parameters<typeof encodeMessage<K>>[1]) => {
    const payload = Buffer.from(encodeMessage(kind, message))
    broker.publish(
      { cmd: 'publish', topic: topicOf('kitchen', kind), payload, qos: 1, retain: false, dup: false },
      () => {},
    )
  }
  return { alarms, told, send, port }
}

/** A store as it is after a year: an owner, an alarm, settings, what was learned. */
const fillStore = async (port: number) => {
  await mkdir(store)
  const identity = createIdentityStore(store, silentLog)
  await identity.write({
    deviceId: 'kitchen',
    deviceSecret: new Uint8Array(32).fill(7),
    cloudUrl: 'http://127.0.0.1:9',
    mqttUrl: `mqtt://127.0.0.1:${port}`,
  })
  const alarm = { item_id: 'up', kind: 'alarm', fires_at: '2099-01-01T07:00:00.000Z' }
  const schedule = JSON.stringify({ v: 1, items: [alarm], seen_change_ids: [] })
  for (const name of ['schedule.json', 'schedule.json.copy']) await writeFile(join(store, name), schedule)
  for (const name of ['config.json', 'volume.json', 'ears.json', 'own-words.json', 'claim.json']) {
    await writeFile(join(store, name), '{"v":1}')
  }
}

const start = () => {
  const args = ['--import', 'tsx', program, 'run', '--store', store, '--loudspeaker', 'file:/dev/null']
  const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  const child = spawn(process.execPath, [...args, '--microphone', `file:${join(dir, 'room.wav')}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: dir },
    ...asNobody,
  })
  let output = ''
  const take = (bytes: Buffer) => {
    output += bytes.toString('utf8')
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  cleanUps.push(() => child.kill('SIGKILL'))
  return { child, output: () => output }
}

const everybodys = async (path: string): Promise<void> => {
  if (process.getuid?.() !== 0) return
  await chown(path, nobody, nobody)
  if (!(await stat(path)).isDirectory()) return
  for (const name of await readdir(path)) await everybodys(join(path, name))
}

type Damage = (path: string) => Promise<unknown>
const damages: readonly (readonly [string, Damage])[] = [
  ['emptied', (path) => writeFile(path, '')],
  ['cut in half', async (path) => writeFile(path, (await readFile(path)).subarray(0, 20))],
  ['filled with zeros', (path) => writeFile(path, Buffer.alloc(4096))],
  ['filled with bytes that are no text', (path) => writeFile(path, Buffer.alloc(4096, 0xc3))],
  ['replaced by a folder', (path) => rm(path).then(() => mkdir(path))],
  ['made unreadable', (path) => chmod(path, 0)],
]

describe('a speaker whose files were all', () => {
  it.each(damages)(
    '%s starts with its owner and its alarms, and says what was lost',
    async (_, damage) => {
      const { alarms, port } = await startBroker()
      await fillStore(port)
      for (const name of await readdir(store)) if (name.endsWith('.json')) await damage(join(store, name))
      await everybodys(dir)
      const { child, output } = start()
      for (let i = 0; i < 300 && alarms.length === 0 && child.exitCode === null; i++) await systemClock.sleep(100)
      expect(alarms, output()).toContainEqual(['up'])
      for (const name of ['identity', 'schedule', 'config', 'volume', 'ears', 'own-words']) {
        expect(output()).toMatch(new RegExp(`a stored file is damaged and was set aside.*/${name}.json"`))
      }
      for (const name of ['identity', 'schedule']) {
        expect(output()).toMatch(new RegExp(`a stored file was restored from its copy.*/${name}.json"`))
      }
      expect(child.exitCode, output()).toBe(null)
      child.kill('SIGTERM')
      expect((await once(child, 'exit'))[0], output()).toBe(0)
    },
    60_000,
  )
})

it('a speaker whose card takes nothing any more goes on: its alarms ring, and what is not kept is said', async () => {
  const { alarms, told, send, port } = await startBroker()
  await fillStore(port)
  await writeFile(join(store, 'volume.json'), '')
  await everybodys(dir)
  await chmod(store, 0o555)
  cleanUps.push(() => chmod(store, 0o755))
  const { child, output } = start()
  const until = async (holds: () => boolean) => {
    for (let i = 0; i < 300 && !holds() && child.exitCode === null; i++) await systemClock.sleep(100)
    expect(holds(), `${told.join(', ')}\n${output()}`).toBe(true)
  }
  await until(() => alarms.length > 0)
  const soon = instant(systemClock.wallTime().getTime() + 1_500).toISOString()
  const item = { item_id: 'tea', kind: 'timer', fires_at: soon } as const
  send('schedule', { change: { action: 'set', change_id: 'c1', item } })
  send('command', { command_id: 'louder', command: { type: 'set_volume', volume: 80 } })
  send('config', { version: 7, volume: 30 })
  await until(() => told.includes('schedule_not_stored'))
  await until(() => told.includes('louder false'))
  await until(() => told.includes('config false not_stored'))
  await until(() => alarms.some((ids) => ids.includes('tea')))
  await until(() => told.includes('timer_fired'))
  await systemClock.sleep(1_000)
  expect(child.exitCode, output()).toBe(null)
  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0], output()).toBe(0)
}, 60_000)

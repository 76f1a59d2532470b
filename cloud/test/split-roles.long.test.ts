import { once } from 'node:events'
import { createServer } from 'node:net'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import { Aedes } from 'aedes'
import Database from 'better-sqlite3'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type SeededSpeaker, seedHome } from '../bench/api/seed.ts'
import { databasePath } from '../src/store/open-store.ts'
import { type CloudChild, startChild } from './cloud-child.ts'
import { temporaryFolder } from './temporary-store.ts'

// Two whole clouds with their children, on machines that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

let folder = temporaryFolder()
beforeEach(() => {
  folder = temporaryFolder()
})
const running: CloudChild[] = []
const toClose: (() => void)[] = []
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ exited }) => exited))
  running.length = 0
  for (const close of toClose.splice(0)) close()
  folder.remove()
})

/** A broker of its own, as the owner of two machines has one. */
const startBroker = async (): Promise<string> => {
  const aedes = await Aedes.createBroker()
  const server = createServer(aedes.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  toClose.push(() => {
    aedes.close()
    server.close()
  })
  const address = server.address()
  return `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

/** Counts every write of these tables from now on, whichever process writes. Returns how to read the counts. */
const countWrites = (dataDir: string, tables: Readonly<Record<string, readonly string[]>>) => {
  const db = new Database(databasePath(dataDir), { timeout: 5_000 })
  toClose.push(() => db.close())
  db.exec('CREATE TABLE test_writes (written TEXT NOT NULL) STRICT')
  for (const [table, moments] of Object.entries(tables))
    for (const moment of moments)
      db.exec(`CREATE TRIGGER test_${table}_${moment.slice(0, 6).trim()} AFTER ${moment} ON ${table}
        BEGIN INSERT INTO test_writes VALUES ('${table}'); END`)
  const counts = db.prepare<[], { written: string; times: number }>(
    'SELECT written, count(*) AS times FROM test_writes GROUP BY written',
  )
  return () => Object.fromEntries(counts.all().map(({ written, times }) => [written, times]))
}

const counts = { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 }
const deadEngines = ['--speech-address', '127.0.0.1:1', '--llm-url', 'http://127.0.0.1:1/v1', '--llm-model', 'none']

const startRoles = async (roles: readonly string[], broker: readonly string[]) => {
  const clouds: CloudChild[] = []
  for (const role of roles) {
    const cloud = await startChild(folder.path, ['--role', role, ...broker, ...deadEngines, '--audio-workers', '1'])
    running.push(cloud)
    clouds.push(cloud)
  }
  return clouds
}

/** A speaker that only talks MQTT, and remembers all it is told, retained or not. */
const joinAs = async (mqttUrl: string, { deviceId, password }: SeededSpeaker) => {
  const client = await connectAsync(mqttUrl, { clientId: deviceId, username: deviceId, password })
  toClose.push(() => client.end(true))
  const heard: { readonly kind: string; readonly text: string }[] = []
  client.on('message', (topic, payload) => {
    heard.push({ kind: topic.slice(`device/${deviceId}/`.length), text: payload.toString() })
  })
  await client.subscribeAsync(`device/${deviceId}/#`, { qos: 1 })
  const say = (kind: string, message: object) =>
    client.publishAsync(`device/${deviceId}/${kind}`, JSON.stringify({ v: 1, ...message }), { qos: 1 })
  return { heard, say }
}

/** A speaker that came, told all it can tell, held a turn whose model failed, and went. */
const tellEverything = async (speaker: Awaited<ReturnType<typeof joinAs>>) => {
  const { say, heard } = speaker
  await say('status', { online: true })
  await say('config/ack', { version: 1, applied: true })
  await say('schedule/state', { items: [{ item_id: 'tea', kind: 'alarm', fires_at: '2030-01-01T08:00:00.000Z' }] })
  await say('event', { type: 'error', code: 'schedule_missed', message: 'the alarm of seven' })
  const sessionId = newSessionId()
  const audio = { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 }
  await say('wake', { session_id: sessionId, trigger: 'text', text: 'why is the sea salty', audio, pre_roll_ms: 0 })
  await expect.poll(() => heard.map(({ text }) => text).join('\n'), { timeout: 20_000 }).toContain('"stage":"llm"')
  await say('session_end', { session_id: sessionId, reason: 'failed', timings: {}, audio: counts })
}

test.each([
  { arrangement: 'gateway and bridge beside each other', roles: ['bridge', 'gateway'] },
  { arrangement: 'one process', roles: ['all'] },
])('$arrangement: what a speaker reports and goes through is written once', async ({ roles }) => {
  const [speaker] = seedHome(folder.path, { name: 'small', speakers: 1, logins: 1 }).speakers
  if (!speaker) throw new Error('no speaker was seeded')
  const writes = countWrites(folder.path, {
    events: ['INSERT'],
    device_status: ['INSERT', 'UPDATE'],
    device_configs: ['UPDATE'],
    schedule_items: ['INSERT'],
    alerts: ['INSERT'],
    turns: ['INSERT'],
    audit: ['INSERT'],
  })
  const external = roles.length > 1 ? await startBroker() : undefined
  const clouds = await startRoles(roles, external ? ['--mqtt-url', external, '--mqtt-password', 'anything'] : [])
  const joined = await joinAs(external ?? clouds[0]?.ready.mqtt_url ?? '', speaker)
  await tellEverything(joined)
  const once = { events: 1, device_status: 1, device_configs: 1, schedule_items: 1, turns: 1 }
  // The alarm that was missed, and the model.
  await expect.poll(writes, { timeout: 15_000 }).toEqual({ ...once, alerts: 2 })

  await joined.say('status', { online: false })
  await expect.poll(() => writes().device_status, { timeout: 15_000 }).toBe(2)
  // A second writer would have written by then: its status waits for half a second.
  await systemClock.sleep(1_500)
  expect(writes()).toEqual({ ...once, device_status: 2, alerts: 3 })

  const addresses = joined.heard.flatMap(({ kind, text }) => (kind === 'bridge' ? [JSON.parse(text).udp] : []))
  const takesSound = clouds.flatMap(({ ready }) => ready.udp)
  expect(new Set(addresses.map(({ host, port }) => `${host}:${port}`))).toEqual(new Set(takesSound))
  expect(clouds.flatMap(({ ready }) => ready.setup_url ?? [])).toHaveLength(0)
})

test('gateway and bridge may be started at once on an empty folder', async () => {
  const mqttUrl = await startBroker()
  const settings = ['--mqtt-url', mqttUrl, '--mqtt-password', 'anything', ...deadEngines, '--audio-workers', '1']
  const clouds = await Promise.all(
    ['gateway', 'bridge'].map((role) => startChild(folder.path, ['--role', role, ...settings])),
  )
  running.push(...clouds)
  for (const { ready } of clouds) expect((await fetch(new URL('/health/live', ready.http_url))).status).toBe(200)
})

test('one process makes the link of the first login: it stays good whichever starts last', async () => {
  const mqttUrl = await startBroker()
  const broker = ['--mqtt-url', mqttUrl, '--mqtt-password', 'anything']
  const clouds = await startRoles(['gateway', 'bridge'], broker)
  const links = clouds.flatMap(({ ready }) => ready.setup_url ?? [])
  expect(links).toHaveLength(1)
  const token = new URL(links[0] ?? '').pathname.split('/').at(-1)
  const body = JSON.stringify({ token, login: 'ada', password: 'correct horse battery', home_name: 'Casa' })
  const url = new URL('/api/setup', links[0])
  const made = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(made.status).toBe(201)
})

test('an engine that fails at a bridge is in the list of the gateway beside it, and stays there over its restart', async () => {
  const home = seedHome(folder.path, { name: 'small', speakers: 1, logins: 1 })
  const mqttUrl = await startBroker()
  const broker = ['--mqtt-url', mqttUrl, '--mqtt-password', 'anything']
  const [, gateway] = await startRoles(['bridge', 'gateway'], broker)
  if (!home.speakers[0] || !gateway) throw new Error('nothing was started')
  await tellEverything(await joinAs(mqttUrl, home.speakers[0]))

  const failing = async (cloud: CloudChild | undefined) => {
    const headers = { authorization: `Bearer ${home.tokens[0]}` }
    const answer = await fetch(`${cloud?.ready.http_url}/api/alerts`, { headers })
    const { items } = (await answer.json()) as { items: readonly { readonly stage: string }[] }
    return items.map(({ stage }) => stage)
  }
  await expect.poll(() => failing(gateway), { timeout: 15_000 }).toEqual(['llm'])
  gateway.child.kill('SIGKILL')
  await gateway.exited
  const [again] = await startRoles(['gateway'], broker)
  expect(await failing(again)).toEqual(['llm'])
})

test('what is changed at the gateway is in the very next answer of the bridge', async () => {
  const { speakers, tokens } = seedHome(folder.path, { name: 'small', speakers: 1, logins: 1 })
  const path = `/api/devices/${speakers[0]?.deviceId}`
  const [bridge, gateway] = await startRoles(
    ['bridge', 'gateway'],
    ['--mqtt-url', await startBroker(), '--mqtt-password', 'anything'],
  )
  const headers = { authorization: `Bearer ${tokens[0]}`, 'content-type': 'application/json' }
  const at = (cloud: CloudChild | undefined, address: string, init: RequestInit = {}) =>
    fetch(new URL(address, cloud?.ready.http_url), { ...init, headers })
  const namesAtBridge = async () => {
    const { items } = (await (await at(bridge, '/api/devices')).json()) as {
      items: readonly { readonly name: string }[]
    }
    return items.map(({ name }) => name)
  }
  expect(await namesAtBridge()).toHaveLength(1)
  for (const name of ['Küche', 'Attic']) {
    const renamed = await at(gateway, path, { method: 'PATCH', body: JSON.stringify({ name }) })
    expect(renamed.status).toBe(200)
    expect(await namesAtBridge()).toEqual([name])
  }
  expect((await at(gateway, path, { method: 'DELETE' })).status).toBe(204)
  expect(await namesAtBridge()).toEqual([])
  expect((await at(bridge, path)).status).toBe(404)
})

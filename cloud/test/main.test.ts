import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import type { MqttClient } from 'mqtt'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { showTurns } from '../src/commands/turns.ts'
import { type CloudChild, callCommand, enrolAndConnect, runCommand, startChild } from './cloud-child.ts'
import { temporaryFolder } from './temporary-store.ts'

// Each test starts whole clouds with their children, on machines that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

let folder = temporaryFolder()
let running: CloudChild[] = []
beforeEach(() => {
  folder = temporaryFolder()
  running = []
})
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ exited }) => exited))
  folder.remove()
})

const start = async (extra: readonly string[] = []) => {
  const cloud = await startChild(folder.path, extra)
  running.push(cloud)
  return cloud
}

const wakeMessage = (sessionId: string) => ({
  v: 1,
  session_id: sessionId,
  trigger: 'text',
  text: 'what time is it',
  language: 'en',
  audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
  pre_roll_ms: 0,
})

const healthSchema = v.object({
  status: v.string(),
  parts: v.array(v.looseObject({ name: v.string(), ready: v.boolean() })),
})

const collect = (mqtt: MqttClient) => {
  const messages: { kind: string; message: Record<string, unknown> }[] = []
  mqtt.on('message', (topic, payload) => {
    messages.push({ kind: topic.split('/').slice(2).join('/'), message: JSON.parse(payload.toString()) })
  })
  return messages
}

const turnsOf = async (): Promise<Record<string, unknown>[]> => {
  const { stdout } = await callCommand(showTurns, ['--json', '--data-dir', folder.path])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('a fresh cloud starts, enrols a speaker, takes a typed turn, records it, and stops cleanly', async () => {
  const cloud = await start()
  expect(cloud.ready.udp.length).toBeGreaterThan(0)
  const health = v.parse(healthSchema, await (await fetch(`${cloud.ready.http_url}/health/ready`)).json())
  expect(health.parts.filter(({ ready }) => !ready)).toEqual([])
  expect(health.status).toBe('ready')
  expect((await fetch(cloud.ready.setup_url ?? '')).status).toBe(200)

  const { mqtt, answer } = await enrolAndConnect(cloud, folder.path, 'kitchen')
  const messages = collect(mqtt)
  await mqtt.subscribeAsync('device/kitchen/#', { qos: 1 })
  await eventually(() => messages.some(({ kind }) => kind === 'bridge'), 'the bridge address arrives ahead')
  expect(messages.find(({ kind }) => kind === 'bridge')?.message.udp).toEqual(answer.udp)
  const sessionId = newSessionId()
  await mqtt.publishAsync('device/kitchen/wake', JSON.stringify(wakeMessage(sessionId)), { qos: 1 })
  await eventually(() => messages.some(({ kind }) => kind === 'wake/ack'), 'the wake is acknowledged')
  expect(messages.find(({ kind }) => kind === 'wake/ack')?.message).toMatchObject({
    session_id: sessionId,
    accepted: true,
    udp: answer.udp,
  })
  await mqtt.publishAsync(
    'device/kitchen/session_end',
    JSON.stringify({
      v: 1,
      session_id: sessionId,
      reason: 'cancelled',
      timings: {},
      audio: { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 },
    }),
    { qos: 1 },
  )
  await mqtt.endAsync()

  cloud.child.kill('SIGTERM')
  expect(await cloud.exited).toBe(0)
  expect(await turnsOf()).toMatchObject([
    { sessionId, deviceId: 'kitchen', trigger: 'text', outcome: expect.any(String) },
  ])
  expect(cloud.output()).not.toContain('what time is it')
})

test('after kill -9 in mid-turn the next start closes the turn as failed', async () => {
  const cloud = await start()
  const { mqtt } = await enrolAndConnect(cloud, folder.path, 'kitchen')
  const sessionId = newSessionId()
  const wake = { ...wakeMessage(sessionId), trigger: 'button', text: undefined }
  await mqtt.publishAsync('device/kitchen/wake', JSON.stringify(wake), { qos: 1 })
  cloud.child.kill('SIGKILL')
  await cloud.exited
  await mqtt.endAsync(true)
  await start()
  expect(await turnsOf()).toMatchObject([
    { sessionId, outcome: 'failed', failure: { stage: 'bridge', code: 'cloud_restarted' } },
  ])
})

test('a second cloud on the same port says which, by whom it is held and how to choose another', async () => {
  const cloud = await start()
  const { port } = new URL(cloud.ready.http_url)
  const other = temporaryFolder()
  const second = await runCommand([
    'serve',
    '--data-dir',
    other.path,
    '--host',
    '127.0.0.1',
    '--udp-port',
    '0',
    '--mqtt-port',
    '0',
    '--http-port',
    port,
  ])
  other.remove()
  expect(second.code).toBe(3)
  const lastLine = second.stderr.trim().split('\n').at(-1)
  expect(lastLine).toMatch(new RegExp(`TCP port ${port} .*taken by .*process ${cloud.child.pid}.*--http-port`))
})

test('the cloud outlives whoever read its lines, and ends with its parent', async () => {
  const cloud = await start(['--with-parent', '--log-level', 'debug'])
  cloud.child.stdout?.destroy()
  cloud.child.stderr?.destroy()
  const { mqtt } = await enrolAndConnect(cloud, folder.path, 'kitchen')
  await mqtt.endAsync()
  expect((await fetch(`${cloud.ready.http_url}/health/ready`)).status).toBe(200)
  cloud.child.stdin?.end()
  expect(await cloud.exited).toBe(0)
})

test('wrong settings end the start with every one of them named', async () => {
  const { code, stderr } = await runCommand(['serve', '--data-dir', folder.path, '--http-port', 'x', '--role', 'y'])
  expect(code).toBe(2)
  expect(stderr).toContain('--http-port: "x"')
  expect(stderr).toContain('--role: "y"')
})

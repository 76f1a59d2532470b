import { readdirSync, readFileSync } from 'node:fs'
import { createApiClient } from '@mynah/shared/api/client.ts'
import type { EndpointName, ReplyOf, RequestOf } from '@mynah/shared/api/contract.ts'
import { type LiveMessage, liveMessageSchema } from '@mynah/shared/api/live.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../../test/eventually.ts'
import { examine } from '../../src/commands/doctor.ts'
import { type CloudChild, callCommand, enrolAndConnect, startChild } from '../cloud-child.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { openingOf } from './opening-of.ts'

// A whole cloud with its children, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let folder = temporaryFolder()
let cloud: CloudChild | undefined
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(async () => {
  cloud?.child.kill('SIGKILL')
  await cloud?.exited
  folder.remove()
})

const start = async (extra: readonly string[] = []) => {
  const started = await startChild(folder.path, ['--audio-workers', '1', ...extra])
  cloud = started
  return started
}

/** A person at the API of this cloud. */
const personAt = ({ ready }: CloudChild) => {
  let token: string | undefined
  const client = createApiClient({
    fetch: (url, init) => fetch(`${ready.http_url}${url}`, init),
    baseUrl: '',
    accessToken: { get: () => token, set: () => {} },
  })
  const call = async <N extends EndpointName>(name: N, request: RequestOf<N>): Promise<ReplyOf<N>> => {
    const answer = await client.call(name, request)
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`)
    return answer.value
  }
  const watch = async (after?: string) => {
    const { ticket } = await call('createLiveTicket', {})
    const query = new URLSearchParams({ ticket, ...(after !== undefined && { after }) })
    const socket = new WebSocket(`${ready.http_url.replace('http', 'ws')}/ws?${query}`)
    const messages: LiveMessage[] = []
    socket.on('message', (text) => messages.push(v.parse(liveMessageSchema, JSON.parse(String(text)))))
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    return { opened: await openingOf(socket), messages, closed }
  }
  return {
    call,
    watch,
    signIn: (accessToken: string) => {
      token = accessToken
    },
  }
}

const admin = async (of: CloudChild) => {
  const person = personAt(of)
  const token = new URL(of.ready.setup_url ?? '').pathname.split('/').at(-1) ?? ''
  const body = { token, login: 'ada', password: 'correct horse battery', home_name: 'Casa' }
  const session = await person.call('setUp', { body })
  person.signIn(session.access_token)
  return { ...person, homeId: session.me.homes[0]?.home_id ?? '' }
}

const livePidOf = (cloud: CloudChild) => pidOf(cloud, 'main-live')
const pidOf = ({ child }: CloudChild, module: string): number | undefined => {
  const isIt = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(module)
  const childrenOf = (task: string) => readFileSync(`/proc/${child.pid}/task/${task}/children`, 'latin1')
  const pids = readdirSync(`/proc/${child.pid}/task`).flatMap((task) => childrenOf(task).split(' '))
  return pids.filter((pid) => pid !== '' && isIt(pid)).map(Number)[0]
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const livePart = async ({ ready }: CloudChild) => {
  const { parts } = (await (await fetch(`${ready.http_url}/health/ready`)).json()) as {
    parts: { name: string; ready: boolean; facts: Record<string, number> }[]
  }
  return parts.find(({ name }) => name === 'live')
}

test('browsers are served by a process of their own, whose end costs them a reconnect and the cloud nothing', async () => {
  const running = await start()
  const ada = await admin(running)
  const { mqtt } = await enrolAndConnect(running, folder.path, 'kitchen')
  let uptime = 0
  const report = async () => {
    uptime += 1
    const status = { v: 1, online: true, uptime_ms: uptime }
    await mqtt.publishAsync('device/kitchen/status', JSON.stringify(status), { qos: 1 })
  }
  const first = await ada.watch()
  const told = (messages: readonly LiveMessage[]) =>
    messages.some((message) => message.type === 'status_update' && message.device.uptime_ms === uptime)
  await report()
  await eventually(() => told(first.messages), 'a report is told')
  const pid = livePidOf(running) ?? 0
  expect(await livePart(running)).toMatchObject({ ready: true, facts: { connections: 1, restarts: 0 } })

  process.kill(pid, 'SIGKILL')
  expect(await first.closed).toBe(1_006)
  await report()
  await eventually(async () => (await livePart(running))?.facts.restarts === 1, 'a successor is there')
  await eventually(async () => (await livePart(running))?.ready === true, 'and ready')
  expect(livePidOf(running)).not.toBe(pid)
  const last = first.messages.at(-1)
  const again = await ada.watch(last && 'event_id' in last ? last.event_id : '')
  expect(again.opened).toBe(101)
  await eventually(() => again.messages.length > 0, 'it is greeted')
  expect(again.messages[0]).toMatchObject({ type: 'hello', resumed: false })
  await report()
  await eventually(() => told(again.messages), 'a report is told again')
  const metrics = await (await fetch(`${running.ready.http_url}/metrics`)).text()
  expect(metrics).toContain('mynah_live_connections 1\n')
  expect(metrics).toContain('mynah_live_restarts 1\n')
  await eventually(
    async () => /mynah_live_resident_bytes [1-9]/.test(await (await fetch(`${running.ready.http_url}/metrics`)).text()),
    'the size of its memory is known',
  )
  const { port } = new URL(running.ready.http_url)
  const settings = ['--data-dir', folder.path, '--host', '127.0.0.1', '--http-port', port]
  const { stdout } = await callCommand(examine, settings)
  expect(stdout).toContain('ok   running: live (a process of its own, 1 browsers)')
  expect(stdout).toContain('note running: live was started again 1 times')
  await mqtt.endAsync()
  running.child.kill('SIGTERM')
  expect(await again.closed).toBe(1_001)
  expect(await running.exited).toBe(0)
})

test('whoever leaves a home is told nothing that happens in it afterwards', async () => {
  const running = await start()
  const ada = await admin(running)
  const { mqtt } = await enrolAndConnect(running, folder.path, 'kitchen')
  const invitation = await ada.call('createInvitation', { params: { home_id: ada.homeId }, body: { role: 'viewer' } })
  const sam = personAt(running)
  const body = { token: invitation.token, login: 'sam', password: 'correct horse battery' }
  const session = await sam.call('acceptInvitation', { body })
  sam.signIn(session.access_token)
  const [atSam, atAda] = [await sam.watch(), await ada.watch()]
  const heard = (messages: readonly LiveMessage[]) =>
    messages.flatMap((message) => (message.type === 'status_update' ? [message.device.uptime_ms] : []))
  const report = (uptime: number) =>
    mqtt.publishAsync('device/kitchen/status', JSON.stringify({ v: 1, online: true, uptime_ms: uptime }), { qos: 1 })
  await report(1)
  await eventually(() => heard(atSam.messages).includes(1), 'the first report is told')
  await sam.call('leaveHome', { params: { home_id: ada.homeId } })
  for (const uptime of [2, 3, 4]) await report(uptime)
  await eventually(() => heard(atAda.messages).includes(4), 'the others are told')
  await systemClock.sleep(100)
  expect(Math.max(...heard(atSam.messages).map(Number))).toBe(1)
  await mqtt.endAsync()
})

test('a service manager that ends all of its processes at once is told of no failure', async () => {
  const running = await start()
  const children = [livePidOf(running), pidOf(running, 'main-worker')].map((pid) => pid ?? 0)
  // The cloud last, so that it learns of its children's end before its own.
  for (const pid of children) process.kill(pid, 'SIGTERM')
  await systemClock.sleep(200)
  running.child.kill('SIGTERM')
  expect(await running.exited).toBe(0)
  await eventually(() => !children.some(isAlive), 'they have ended with it')
  expect(running.output()).not.toContain('"level":"error"')
})

test('nothing is left behind when the cloud is killed, and it runs without the process where it is told to', async () => {
  const killed = await start()
  const pid = livePidOf(killed) ?? 0
  expect(isAlive(pid)).toBe(true)
  // Its settings may hold keys: audio workers need some of them, who speaks with browsers does not.
  // But for the switch of this test run, which is no setting.
  const settingsOf = (of: number) => readFileSync(`/proc/${of}/environ`, 'latin1').match(/MYNAH_(?!LONG)\w+/g)
  expect(settingsOf(pidOf(killed, 'main-worker') ?? 0)).toContain('MYNAH_SPEECH_TLS')
  expect(settingsOf(pid)).toBeNull()
  killed.child.kill('SIGKILL')
  await eventually(() => !isAlive(pid), 'the live process has ended with its cloud')
  await killed.exited
  const inside = await start(['--live', 'inside'])
  expect(livePidOf(inside)).toBeUndefined()
  expect(await livePart(inside)).toMatchObject({ ready: true, facts: { connections: 0 } })
})

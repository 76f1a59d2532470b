import { createApiClient } from '@mynah/shared/api/client.ts'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type CloudChild, enrolAndConnect, startChild } from '../cloud-child.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { openTalk } from './talk-client.ts'

// A whole cloud with its children, on machines that may be busy with other tests.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const folder = temporaryFolder()
let cloud: CloudChild
let token: string | undefined
let homeId = ''
const client = createApiClient({
  fetch: (url, init) => fetch(`${cloud.ready.http_url}${url}`, init),
  baseUrl: '',
  accessToken: { get: () => token, set: () => {} },
})

beforeAll(async () => {
  // Nobody listens there: neither recogniser nor voice.
  cloud = await startChild(folder.path, ['--audio-workers', '1', '--speech-address', '127.0.0.1:1'])
  const setupToken = new URL(cloud.ready.setup_url ?? '').pathname.split('/').at(-1) ?? ''
  const made = await client.call('setUp', {
    body: { token: setupToken, login: 'ada', password: 'correct horse battery', home_name: 'Casa' },
  })
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  token = made.value.access_token
  homeId = made.value.me.homes[0]?.home_id ?? ''
})
afterAll(async () => {
  cloud?.child.kill('SIGTERM')
  await cloud?.exited
  folder.remove()
})

const recorded = async (sessionId: string) => {
  const turn = await client.call('getTurn', { params: { session_id: sessionId } })
  return turn.ok ? { outcome: turn.value.outcome, failure: turn.value.failure } : undefined
}
const raised = async () => {
  const alerts = await client.call('listAlerts', {})
  return alerts.ok ? alerts.value.items.map(({ stage, code }) => ({ stage, code })) : []
}
const failure = { stage: 'tts', code: 'unavailable' }
const question = 'what is two plus three'

test('a turn that is typed at the Talk page shows its answer, names the voice and raises its alert', async () => {
  const ticket = await client.call('createTalkTicket', { params: { home_id: homeId } })
  if (!ticket.ok) throw new Error(JSON.stringify(ticket.error))
  const talk = await openTalk(cloud.ready.http_url, ticket.value.ticket)
  talk.send({ type: 'start', language: 'en', text: question, up: 'pcm', down: 'opus' })
  const ended = await talk.until('phase', ({ phase }) => phase === 'ended')
  expect(ended).toMatchObject({ heard: question, reply: expect.stringContaining('five'), error: failure })
  await expect.poll(() => recorded(ended.session_id)).toEqual({ outcome: 'failed', failure })
  expect(await raised()).toEqual([failure])
  talk.socket.close()
})

test('so does one that is typed at a speaker whose sound finds no way, which would fetch its answer', async () => {
  const { mqtt } = await enrolAndConnect(cloud, folder.path, 'kitchen')
  const told: string[] = []
  mqtt.on('message', (topic, payload) => told.push(`${topic} ${payload.toString()}`))
  await mqtt.subscribeAsync('device/kitchen/#', { qos: 1 })
  const say = (kind: string, message: object) =>
    mqtt.publishAsync(`device/kitchen/${kind}`, JSON.stringify({ v: 1, ...message }), { qos: 1 })
  const sessionId = newSessionId()
  const audio = { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 }
  await say('wake', { session_id: sessionId, trigger: 'text', text: question, audio, pre_roll_ms: 0 })
  const ended = () => told.find((line) => line.includes('"phase":"ended"'))
  await expect.poll(ended).toContain('"error":{"stage":"tts","code":"unavailable"}')
  expect(ended()).toContain('five')
  expect(told.join('\n')).not.toContain('"type":"url"')
  const counts = { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 }
  await say('session_end', { session_id: sessionId, reason: 'failed', timings: {}, audio: counts })
  await expect.poll(() => recorded(sessionId)).toEqual({ outcome: 'failed', failure })
  await mqtt.endAsync(true)
})

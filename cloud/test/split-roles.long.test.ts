import { once } from 'node:events'
import { createServer } from 'node:net'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { afterEach, expect, test, vi } from 'vitest'
import { seedHome } from '../bench/api/seed.ts'
import { type CloudChild, startChild } from './cloud-child.ts'
import { temporaryFolder } from './temporary-store.ts'

// Two whole clouds with their children, on machines that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder()
const running: CloudChild[] = []
const toClose: (() => void)[] = []
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ exited }) => exited))
  for (const close of toClose) close()
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

test('an engine that fails at a bridge is in the list of the gateway beside it, and stays there over its restart', async () => {
  const home = seedHome(folder.path, { name: 'small', speakers: 1, logins: 1 })
  const mqttUrl = await startBroker()
  const start = async (role: 'gateway' | 'bridge') => {
    const broker = ['--mqtt-url', mqttUrl, '--mqtt-password', 'anything']
    const engines = ['--speech-address', '127.0.0.1:1', '--llm-url', 'http://127.0.0.1:1/v1', '--llm-model', 'none']
    const cloud = await startChild(folder.path, ['--role', role, ...broker, ...engines, '--audio-workers', '1'])
    running.push(cloud)
    return cloud
  }
  await start('bridge')
  const gateway = await start('gateway')
  const deviceId = home.speakers[0]?.deviceId ?? ''
  const speaker = await connectAsync(mqttUrl, { clientId: deviceId })
  toClose.push(() => speaker.end(true))
  const heard: string[] = []
  speaker.on('message', (topic, payload) => void heard.push(`${topic} ${payload.toString()}`))
  await speaker.subscribeAsync(`device/${deviceId}/#`, { qos: 1 })
  const say = (kind: string, message: object) =>
    speaker.publishAsync(`device/${deviceId}/${kind}`, JSON.stringify({ v: 1, ...message }), { qos: 1 })

  await say('status', { online: true })
  const sessionId = newSessionId()
  const audio = { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 }
  await say('wake', { session_id: sessionId, trigger: 'text', text: 'why is the sea salty', audio, pre_roll_ms: 0 })
  // No language model answers.
  await expect.poll(() => heard.join('\n'), { timeout: 20_000 }).toContain('"stage":"llm"')
  const counts = { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 }
  await say('session_end', { session_id: sessionId, reason: 'failed', timings: {}, audio: counts })

  const failing = async ({ ready }: CloudChild) => {
    const headers = { authorization: `Bearer ${home.tokens[0]}` }
    const answer = await fetch(`${ready.http_url}/api/alerts`, { headers })
    const { items } = (await answer.json()) as { items: readonly { readonly stage: string }[] }
    return items.map(({ stage }) => stage)
  }
  await expect.poll(() => failing(gateway), { timeout: 15_000 }).toEqual(['llm'])
  gateway.child.kill('SIGKILL')
  await gateway.exited
  expect(await failing(await start('gateway'))).toEqual(['llm'])
})

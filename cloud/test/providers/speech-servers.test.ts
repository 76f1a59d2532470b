import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createSpeechServers } from '../../src/providers/speech-servers.ts'

const server = { address: '127.0.0.1:9', tls: false, token: 'one' }

test('turns that go to the same server with the same secret share a connection, others do not', () => {
  const servers = createSpeechServers({ clock: createManualClock() })
  const [first, second] = [servers.lease(server), servers.lease({ ...server })]
  expect(second.stt).toBe(first.stt)
  expect(servers.lease({ ...server, token: 'two' }).stt).not.toBe(first.stt)
  expect(servers.lease({ ...server, tls: true }).tts).not.toBe(first.tts)
  expect(servers.size()).toBe(3)
  servers.close()
  expect(servers.size()).toBe(0)
})

test('a connection that nobody uses is closed after a minute, one in use is not', async () => {
  const clock = createManualClock()
  const servers = createSpeechServers({ clock })
  const lease = servers.lease(server)
  const other = servers.lease(server)
  lease.release()
  lease.release()
  await clock.advance(61_000)
  expect(servers.size()).toBe(1)
  other.release()
  await clock.advance(59_000)
  expect(servers.lease(server).stt).toBe(lease.stt)
  await clock.advance(61_000)
  expect(servers.size()).toBe(1)
  servers.close()
})

test('of connections that nobody uses only so many stay, the latest', () => {
  const servers = createSpeechServers({ clock: createManualClock() })
  for (let port = 1; port <= 100; port++) servers.lease({ ...server, address: `127.0.0.1:${port}` }).release()
  expect(servers.size()).toBe(64)
  servers.close()
})

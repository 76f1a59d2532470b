import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../../test/eventually.ts'
import { createDeviceCredentials } from '../../src/auth/device-credentials.ts'
import { attachAudioTunnel } from '../../src/gateway/audio-tunnel.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { secretOf } from '../broker/broker-fixture.ts'

let server: Server
let closeTunnels: () => void
let received: { deviceId: string; bytes: number[] }[] = []
let closed: string[] = []
let senders = new Map<string, (datagram: Uint8Array) => void>()
const dropped = createMetrics().counter('dropped', 'dropped')

beforeEach(async () => {
  received = []
  closed = []
  senders = new Map()
  server = createServer()
  closeTunnels = attachAudioTunnel(server, {
    clock: systemClock,
    log: silentLog,
    dropped,
    trustProxy: new Set(['127.0.0.1']),
    credentials: createDeviceCredentials({
      find: (deviceId) => ({ deviceId, homeId: 'home', secret: secretOf(deviceId), enrolledAt: '', revoked: false }),
    }),
    plane: {
      attachTunnel: (deviceId, send) => {
        senders.set(deviceId, send)
        return {
          receive: (bytes) => void received.push({ deviceId, bytes: [...bytes] }),
          close: () => void closed.push(deviceId),
        }
      },
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  closeTunnels()
  server.close()
  await once(server, 'close')
})

const connect = (headers: Record<string, string>, path = '/audio/ws') => {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
}
const bearerOf = (deviceId: string) => ({ authorization: `Bearer ${deviceId}:${mqttPasswordOf(secretOf(deviceId))}` })
const statusOf = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.once('open', () => resolve(101))
    socket.on('error', () => {})
  })

test('datagrams go both ways, byte for byte', async () => {
  const socket = connect(bearerOf('kitchen'))
  await once(socket, 'open')
  socket.send(Uint8Array.from([1, 2, 3]))
  await eventually(() => received.length === 1, 'the datagram arrives')
  expect(received).toEqual([{ deviceId: 'kitchen', bytes: [1, 2, 3] }])
  const answer = once(socket, 'message')
  senders.get('kitchen')?.(Uint8Array.from([9, 8]))
  expect([...((await answer)[0] as Buffer)]).toEqual([9, 8])
  socket.close()
  await eventually(() => closed.length === 1, 'the plane is told')
})

test('without the speaker’s own password there is no tunnel', async () => {
  expect(await statusOf(connect({}))).toBe(401)
  expect(await statusOf(connect({ authorization: 'Bearer kitchen:wrong' }))).toBe(401)
  expect(
    await statusOf(connect({ authorization: bearerOf('bedroom').authorization.replace('bedroom', 'kitchen') })),
  ).toBe(401)
  expect(await statusOf(connect(bearerOf('kitchen'), '/other'))).toBe(404)
  expect(senders.size).toBe(0)
})

test('text is dropped and counted, an oversized message ends the tunnel', async () => {
  const socket = connect(bearerOf('kitchen'))
  socket.on('error', () => {})
  await once(socket, 'open')
  socket.send('hello')
  await eventually(() => dropped.value({ reason: 'not_binary' }) === 1, 'the text is counted')
  socket.send(new Uint8Array(2_000))
  const [code] = await once(socket, 'close')
  expect(code).toBe(1_009)
  expect(received).toEqual([])
})

test('a speaker has one tunnel: the newer takes over', async () => {
  const first = connect(bearerOf('kitchen'))
  await once(first, 'open')
  const second = connect(bearerOf('kitchen'))
  const [code] = await once(first, 'close')
  expect(code).toBe(4_001)
  second.close()
})

test('who guesses passwords is locked out for a while', async () => {
  const statuses: number[] = []
  for (let attempt = 0; attempt < 32; attempt++)
    statuses.push(await statusOf(connect({ authorization: 'Bearer kitchen:x' })))
  expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true)
  expect(statuses.at(-1)).toBe(429)
})

test('behind a proxy who guesses locks out nobody else', async () => {
  const from = (address: string) => ({ 'x-forwarded-for': `10.0.0.1, ${address}` })
  for (let attempt = 0; attempt < 31; attempt++)
    await statusOf(connect({ authorization: 'Bearer kitchen:x', ...from('192.0.2.1') }))
  expect(await statusOf(connect({ ...bearerOf('kitchen'), ...from('192.0.2.1') }))).toBe(429)
  const other = connect({ ...bearerOf('kitchen'), ...from('192.0.2.2') })
  expect(await statusOf(other)).toBe(101)
  other.close()
})

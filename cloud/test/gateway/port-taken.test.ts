import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { explainListenError, holderOfPort, PortTakenError } from '../../src/gateway/port-taken.ts'

const use = { port: 0, protocol: 'tcp', purpose: 'tests', option: '--test-port' } as const

test('who holds a TCP or UDP port is found', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), once(socket, 'listening')])
  const address = server.address()
  const tcpPort = typeof address === 'object' && address ? address.port : 0
  expect(holderOfPort(tcpPort, 'tcp')).toContain(`process ${process.pid}`)
  expect(holderOfPort(socket.address().port, 'udp')).toContain(`process ${process.pid}`)
  server.close()
  socket.close()
  await once(server, 'close')
  expect(holderOfPort(tcpPort, 'tcp')).toBeUndefined()
})

test('a port that needs privileges says so', () => {
  const error = explainListenError(Object.assign(new Error('no'), { code: 'EACCES' }), { ...use, port: 80 })
  expect(String(error)).toContain(
    'TCP port 80 (tests) may not be opened by this user. Choose one above 1023 with --test-port',
  )
})

test('other errors stay as they are', () => {
  const error = new Error('something else')
  expect(explainListenError(error, use)).toBe(error)
  expect(explainListenError(error, use)).not.toBeInstanceOf(PortTakenError)
})

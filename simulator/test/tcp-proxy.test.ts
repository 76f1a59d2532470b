import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../src/tcp-proxy.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const startEcho = async (): Promise<TcpProxy> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: address.port })
  closing.push(
    () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
    () => proxy.close(),
  )
  return proxy
}

const open = async (proxy: TcpProxy): Promise<Socket> => {
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const echoOf = async (socket: Socket, text: string): Promise<string> => {
  socket.write(text)
  const [bytes] = await once(socket, 'data')
  return String(bytes)
}

test('bytes pass both ways until the connections are dropped, and pass again at once', async () => {
  const proxy = await startEcho()
  const first = await open(proxy)
  expect(await echoOf(first, 'hello')).toBe('hello')
  proxy.dropConnections()
  await once(first, 'close')
  const second = await open(proxy)
  expect(await echoOf(second, 'again')).toBe('again')
  second.destroy()
})

test('nobody comes through a cut line until it is restored', async () => {
  const proxy = await startEcho()
  proxy.cut()
  const refused = await open(proxy)
  await once(refused, 'close')
  proxy.restore()
  const accepted = await open(proxy)
  expect(await echoOf(accepted, 'back')).toBe('back')
  accepted.destroy()
})

import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../src/supervise/free-port.ts'

test('a free port is one that somebody else can listen on', async () => {
  const port = await freePort('127.0.0.1')
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  expect(server.address()).toMatchObject({ address: '127.0.0.1', port })
  server.close()
  await once(server, 'close')
})

import { systemClock } from '@mynah/shared/time/clock.ts'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { startHttpServer } from '../../src/gateway/http-server.ts'

test('connections that the system cannot accept do not end the server', async () => {
  const app = new Hono().get('/', (c) => c.text('here'))
  const http = await startHttpServer(app, { host: '127.0.0.1', port: 0, clock: systemClock })
  try {
    // What Node emits for a failed accept(2), each time.
    for (let i = 0; i < 2; i++) http.server.emit('error', new Error('accept ENOBUFS'))
    expect(await (await fetch(`http://127.0.0.1:${http.port}/`)).text()).toBe('here')
  } finally {
    await http.close()
  }
})

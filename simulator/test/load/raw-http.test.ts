import { once } from 'node:events'
import { createServer } from 'node:http'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, expect, test } from 'vitest'
import { createRawHttp, headerOf } from '../../src/load/raw-http.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const serve = async (connections: number) => {
  let atOnce = 0
  let peak = 0
  const used = new WeakSet<object>()
  const server = createServer((request, response) => {
    atOnce++
    response.once('finish', () => used.add(request.socket))
    peak = Math.max(peak, atOnce)
    setImmediate(() => {
      atOnce--
      if (request.url === '/chunked') {
        response.write('ab')
        response.end('cd')
      } else if (request.url === '/none') response.writeHead(304, { etag: '"7"' }).end()
      else if (request.url === '/cut' || (request.url === '/rested' && used.has(request.socket))) response.destroy()
      else response.end(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const http = createRawHttp({ clock: systemClock, url: `http://127.0.0.1:${port}`, connections })
  closing.push(
    http.close,
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return { http, peak: () => peak }
}

test('answers of every form come whole, each to its own request', async () => {
  const { http } = await serve(2)
  const get = (path: string) => http.request({ method: 'GET', path, token: 't' })
  const answers = await Promise.all(['/a', '/chunked', '/none', '/b', '/c'].map(get))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 304, 200, 200])
  expect(answers.map(({ body }) => body)).toEqual(['GET /a Bearer t', 'abcd', '', 'GET /b Bearer t', 'GET /c Bearer t'])
  expect(headerOf(answers[2]?.headers ?? '', 'etag')).toBe('"7"')
})

test('no more connections are used than allowed, and a broken one is replaced', async () => {
  const { http, peak } = await serve(3)
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => http.request({ method: 'GET', path: index === 4 ? '/cut' : '/x' })),
  )
  expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(29)
  expect(answers[4]?.status).toBe(0)
  expect(peak()).toBeLessThanOrEqual(3)
  expect(http.inFlight()).toBe(0)
})

test('a connection that was closed while it rested costs an idempotent request nothing', async () => {
  const { http } = await serve(1)
  const ask = (method: 'GET' | 'POST', path: string) => http.request({ method, path })
  expect((await ask('GET', '/x')).status).toBe(200)
  expect((await ask('GET', '/rested')).status).toBe(200)
  // Whether it was done nobody knows.
  expect((await ask('POST', '/rested')).status).toBe(0)
  expect(http.inFlight()).toBe(0)
})

test('other machines are refused', () => {
  const options = { clock: systemClock, url: 'http://192.0.2.1:80', connections: 1 }
  expect(() => createRawHttp(options)).toThrow(RangeError)
})

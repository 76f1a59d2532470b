import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { afterEach, expect, test } from 'vitest'
import { forwardedHeader, nodeAddressOf, remoteAddressOf, type TrustProxy } from '../../src/gateway/remote-address.ts'

const servers: ReturnType<typeof createServer>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** What both ways of looking say of a request from this machine, on a socket that serves IPv4 and IPv6. */
const askFor = async (trust: TrustProxy, headers: Readonly<Record<string, string>>) => {
  const app = new Hono().get('/', (c) =>
    c.json([remoteAddressOf(c, trust), forwardedHeader(c, 'x-forwarded-proto', trust) ?? null]),
  )
  const listener = getRequestListener(app.fetch)
  let ofNode = ''
  const server = createServer((incoming, response) => {
    ofNode = nodeAddressOf(incoming, trust)
    void listener(incoming, response)
  })
  servers.push(server)
  await once(server.listen(0, '::'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const [response] = await once(request({ host: '127.0.0.1', port, headers, agent: false }).end(), 'response')
  let body = ''
  for await (const piece of response) body += String(piece)
  return { ofNode, ofHono: JSON.parse(body) as unknown }
}

const claimed = { 'x-forwarded-for': '10.0.0.1, 192.0.2.7', 'x-forwarded-proto': 'https' }
const own = '::ffff:127.0.0.1'

test('a claim is believed of everybody, of nobody, or of the proxies that were named', async () => {
  for (const trust of [true, new Set(['127.0.0.1'])]) {
    expect(await askFor(trust, claimed)).toEqual({ ofNode: '192.0.2.7', ofHono: ['192.0.2.7', 'https'] })
    expect(await askFor(trust, {})).toEqual({ ofNode: own, ofHono: [own, null] })
  }
  for (const trust of [false, new Set(['192.0.2.1', '::1'])]) {
    expect(await askFor(trust, claimed)).toEqual({ ofNode: own, ofHono: [own, null] })
  }
})

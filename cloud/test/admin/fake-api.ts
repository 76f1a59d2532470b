import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import { type Endpoint, isBinary } from '@mynah/shared/api/endpoint.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { WebSocketServer } from 'ws'
import { createPanelRoutes } from '../../src/gateway/panel.ts'
import { fakeHandlers, mayCall } from './fake-handlers.ts'
import { FakeProblem } from './fake-problem.ts'
import { type FakeEvent, type FakeOptions, type FakeState, newFakeState } from './fake-state.ts'
import { serveFakeTalk } from './fake-talk.ts'

export type FakeCloud = {
  readonly url: string
  readonly state: FakeState
  readonly emit: (event: FakeEvent) => void
  /** Ends every live connection; browsers come back by themselves. */
  readonly cutLive: () => void
  /** Refuses everything, as while the cloud restarts. */
  readonly setDown: (isDown: boolean) => void
  readonly close: () => Promise<void>
}

const routes = endpointNames.map((name) => {
  const endpoint: Endpoint = contract[name]
  const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
  return { name, endpoint, names, pattern: new RegExp(`^${endpoint.path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`) }
})

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

const answer = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

const meOf = (state: FakeState, name: EndpointName, { headers }: IncomingMessage) => {
  const cookie = /mynah_fake=([\w-]+)/.exec(headers.cookie ?? '')?.[1]
  const token = /^Bearer token-([\w-]+)$/.exec(headers.authorization ?? '')?.[1]
  const personId = name === 'refreshSession' ? cookie : token
  const person = state.people.find(({ person_id: id }) => id === personId)
  if (person) return person
  const [first] = state.people
  if (contract[name].access.type === 'public' && name !== 'refreshSession' && first) return first
  throw new FakeProblem(401, 'unauthenticated')
}

const homeOf = (state: FakeState, params: Readonly<Record<string, string>>): string | undefined =>
  params.home_id ??
  state.devices.get(params.device_id ?? '')?.home_id ??
  state.turns.find(({ session_id: id }) => id === params.session_id)?.home_id

const handle = async (state: FakeState, request: IncomingMessage, response: ServerResponse) => {
  const url = new URL(request.url ?? '/', 'http://fake')
  const route = routes.find(({ endpoint, pattern }) => endpoint.method === request.method && pattern.test(url.pathname))
  if (!route) throw new FakeProblem(404, 'not_found')
  const { name, endpoint, names, pattern } = route
  await systemClock.sleep(state.delayMs)
  const refusal = state.refuseNext.get(name)
  state.refuseNext.delete(name)
  if (refusal) throw new FakeProblem(refusal.status, refusal.code)
  const values = pattern.exec(url.pathname)?.slice(1).map(decodeURIComponent) ?? []
  const params = Object.fromEntries(names.map((param, index) => [param, values[index] ?? '']))
  const me = meOf(state, name, request)
  if (!mayCall(name, me, homeOf(state, params))) throw new FakeProblem(403, 'forbidden')
  const raw = await readBody(request)
  const parse = (schema: v.GenericSchema | undefined, input: unknown) => {
    if (!schema) return undefined
    const parsed = v.safeParse(schema, input)
    if (parsed.success) return parsed.output
    const [issue] = parsed.issues
    const errors = [{ field: v.getDotPath(issue) ?? '', message: issue.message }]
    throw new FakeProblem(400, 'bad_request', { errors })
  }
  const body =
    endpoint.body && (isBinary(endpoint.body) ? raw : parse(endpoint.body, JSON.parse(raw.toString() || 'null')))
  const query = parse(endpoint.query, Object.fromEntries(url.searchParams))
  const handler = fakeHandlers[name]
  if (!handler) throw new FakeProblem(503, 'unavailable')
  const ifMatch = /^"(\d+)"$/.exec(request.headers['if-match'] ?? '')?.[1]
  const call = { params, query, body, state, me, ifMatch: ifMatch === undefined ? undefined : Number(ifMatch) }
  // The parts were checked against the schemas of this very endpoint just above.
  const reply: unknown = await (handler as (call: unknown) => unknown)(call)
  send(response, endpoint, name, reply)
}

const cookieOf = (name: EndpointName, reply: unknown): Record<string, string> => {
  if (name === 'logOut' || name === 'logOutEverywhere') return { 'set-cookie': 'mynah_fake=; Path=/; Max-Age=0' }
  if (typeof reply !== 'object' || reply === null || !('access_token' in reply)) return {}
  return { 'set-cookie': `mynah_fake=${String(reply.access_token).slice('token-'.length)}; Path=/; HttpOnly` }
}

const send = (response: ServerResponse, endpoint: Endpoint, name: EndpointName, reply: unknown) => {
  if (reply instanceof Uint8Array) response.writeHead(endpoint.status).end(reply)
  else answer(response, endpoint.status, endpoint.reply === 'none' ? undefined : reply, cookieOf(name, reply))
}

/** A small cloud with the contract's endpoints over HTTP, for the panel's development and tests; nothing is stored. */
export const startFakeCloud = async ({
  distDir,
  port = 0,
  ...options
}: Omit<FakeOptions, 'startMs'> & { readonly distDir: string; readonly port?: number }): Promise<FakeCloud> => {
  const live = new WebSocketServer({ noServer: true })
  const sent: { readonly event_id: string }[] = []
  let isDown = false
  const emit = (event: FakeEvent) => {
    const whole = { ...event, event_id: String(sent.length + 1), at: systemClock.wallTime().toISOString() }
    sent.push(whole)
    for (const client of live.clients) client.send(JSON.stringify(whole))
  }
  const state = newFakeState({ ...options, startMs: systemClock.wallTime().getTime() }, emit)
  const panel = getRequestListener(createPanelRoutes({ distDir }).fetch)
  const server = createServer((request, response) => {
    if (isDown) {
      response.destroy()
      return
    }
    if (!request.url?.startsWith('/api/')) {
      void panel(request, response)
      return
    }
    handle(state, request, response).catch((error: unknown) => {
      const { problem } =
        error instanceof FakeProblem ? error : new FakeProblem(500, 'internal', { detail: String(error) })
      answer(response, problem.status, problem)
    })
  })
  server.on('upgrade', (request, socket, head) => {
    if (isDown) {
      socket.destroy()
      return
    }
    live.handleUpgrade(request, socket, head, (client) => {
      const url = new URL(request.url ?? '/', 'http://fake')
      if (url.pathname === '/talk/ws') return serveFakeTalk(state, client)
      const after = url.searchParams.get('after')
      client.send(JSON.stringify({ type: 'hello', last_event_id: String(sent.length), resumed: after !== null }))
      if (after !== null) for (const event of sent.slice(Number(after))) client.send(JSON.stringify(event))
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const cutLive = () => {
    for (const client of live.clients) client.terminate()
  }
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`,
    state,
    emit,
    cutLive,
    setDown: (down) => {
      isDown = down
      if (down) cutLive()
    },
    close: () =>
      new Promise((resolve) => {
        cutLive()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Hono } from 'hono'
import { explainListenError } from './port-taken.ts'

export type HttpServer = { readonly server: Server; readonly port: number; readonly close: () => Promise<void> }

/** Answers by itself what it can, past the adapter of the app; false when the request is not one of its own and nothing was done. */
export type DirectAnswers = (request: IncomingMessage, response: ServerResponse) => boolean

type HttpServerOptions = {
  readonly host: string
  readonly port: number
  readonly clock: Pick<Clock, 'startTimer'>
  readonly direct?: DirectAnswers
}

const closeGraceMs = 2_000
const slowestBodyMs = 30_000
/** A release over a slow line. */
const slowestUploadMs = 15 * 60_000
const slowUploads: ReadonlySet<string> = new Set(['/api/system/firmware'])

/** A body that trickles in must not hold a connection for ever either. */
const hurryBody = (request: IncomingMessage, clock: Pick<Clock, 'startTimer'>) => {
  if (request.method === 'GET' || request.method === 'HEAD' || slowUploads.has(request.url ?? '')) return
  const cut = clock.startTimer(slowestBodyMs, () => {
    if (!request.complete) request.destroy()
  })
  request.once('close', cut.cancel)
}

/** Listens for HTTP. Rejects with `PortTakenError`. `close` lets answers under way end for two seconds. */
export const startHttpServer = (app: Hono, { host, port, clock, direct }: HttpServerOptions): Promise<HttpServer> =>
  new Promise((resolve, reject) => {
    const listener = getRequestListener(app.fetch)
    const server = createServer((request, response) => {
      hurryBody(request, clock)
      if (!direct?.(request, response)) void listener(request, response)
    })
    // A client that sends its request byte by byte must not hold a connection for ever.
    server.headersTimeout = 10_000
    server.requestTimeout = slowestUploadMs
    server.keepAliveTimeout = 10_000
    server.maxRequestsPerSocket = 1_000
    const close = () =>
      new Promise<void>((closed) => {
        const cut = clock.startTimer(closeGraceMs, () => server.closeAllConnections())
        server.close(() => {
          cut.cancel()
          closed()
        })
        server.closeIdleConnections()
      })
    const use = { port, protocol: 'tcp', purpose: 'the web pages and the API', option: '--http-port' } as const
    // Stays: a connection that could not be accepted (no memory, a firewall) is an error of the server too, and must not end the process.
    server.on('error', (error) => reject(explainListenError(error, use)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' && address ? address.port : port, close })
    })
  })

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type Received = {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: Record<string, unknown>
}
export type Answer = (response: ServerResponse, request: IncomingMessage) => Promise<void> | void

/** A real HTTP server that gives one scripted answer per request, the last one for all that follow. */
export const startScriptedServer = async (...answers: readonly Answer[]) => {
  const received: Received[] = []
  let closedByPeer = 0
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    response.on('close', () => {
      if (!response.writableFinished) closedByPeer += 1
    })
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const answer = answers[Math.min(received.length, answers.length - 1)]
      received.push({
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: JSON.parse(Buffer.concat(pieces).toString()),
      })
      void answer?.(response, request)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    closedByPeer: () => closedByPeer,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const chunk = (content: string): string => JSON.stringify({ choices: [{ index: 0, delta: { content } }] })

/** Writes raw pieces of an event stream and ends it. */
export const stream =
  (...pieces: readonly (string | Uint8Array)[]): Answer =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of pieces) {
      response.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  }

/** Events as most servers write them. */
export const streamOf = (...chunks: readonly string[]): Answer =>
  stream(...chunks.map((json) => `data: ${json}\n\n`), 'data: [DONE]\n\n')

export const status =
  (code: number, body = '{"error":{"message":"SECRET payload"}}'): Answer =>
  (response) => {
    response.writeHead(code, { 'content-type': 'application/json' })
    response.end(body)
  }

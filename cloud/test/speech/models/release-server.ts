import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands in for the download host: one file, with byte ranges, that can be told to break off. */
export type ReleaseServer = {
  readonly url: string
  /** `Range` headers of the requests so far; undefined for one without. */
  readonly ranges: (string | undefined)[]
  /** The next answer is cut after this many bytes of its body. */
  readonly cutNextAfter: (bytes: number) => void
  readonly answerNextWith: (status: number) => void
  readonly close: () => Promise<void>
}

export const startReleaseServer = async (files: ReadonlyMap<string, Buffer>): Promise<ReleaseServer> => {
  const ranges: (string | undefined)[] = []
  let cutAfter: number | undefined
  let status: number | undefined
  const server: Server = createServer((request, response) => {
    ranges.push(request.headers.range)
    const body = files.get(request.url ?? '')
    if (status !== undefined || !body) {
      response.writeHead(status ?? 404).end()
      status = undefined
      return
    }
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
    const start = Number(from ?? 0)
    if (start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
      return
    }
    const rest = body.subarray(start)
    const headers = {
      'content-length': rest.length,
      'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
    }
    response.writeHead(from === undefined ? 200 : 206, from === undefined ? { 'content-length': rest.length } : headers)
    if (cutAfter === undefined) {
      response.end(rest)
      return
    }
    response.write(rest.subarray(0, cutAfter), () => setImmediate(() => response.destroy()))
    cutAfter = undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    ranges,
    cutNextAfter: (bytes) => {
      cutAfter = bytes
    },
    answerNextWith: (given) => {
      status = given
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

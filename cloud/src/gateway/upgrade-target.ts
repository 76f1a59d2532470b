import type { IncomingMessage } from 'node:http'

/** What a request for a WebSocket asks for. Not by `new URL`: that throws for some of what HTTP lets through, such as `GET //`. */
export const upgradeTarget = ({ url = '/' }: IncomingMessage): { path: string; query: URLSearchParams } => {
  const end = url.indexOf('?')
  return end < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, end), query: new URLSearchParams(url.slice(end + 1)) }
}

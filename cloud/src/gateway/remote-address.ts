import type { IncomingMessage } from 'node:http'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

/**
 * The address that rate limits count by. Behind a proxy that the owner has named trustworthy it is the last entry of
 * `X-Forwarded-For`, the one that proxy itself wrote; without one the header is a claim of the client and is ignored.
 */
export const remoteAddressOf = (c: Context, trustProxy: boolean): string =>
  forwardedAddressOf(c.req.header('x-forwarded-for'), trustProxy) ?? connectionAddressOf(c)

/** The same of a request that no app has seen: one for a WebSocket. */
export const nodeAddressOf = ({ headers, socket }: IncomingMessage, trustProxy: boolean): string =>
  forwardedAddressOf(String(headers['x-forwarded-for'] ?? ''), trustProxy) ?? socket.remoteAddress ?? 'unknown'

/** What the proxy wrote, where there is one that may be believed. */
const forwardedAddressOf = (forwardedFor: string | undefined, trustProxy: boolean): string | undefined =>
  (trustProxy && forwardedFor?.split(',').at(-1)?.trim()) || undefined

const connectionAddressOf = (c: Context): string => {
  try {
    return getConnInfo(c).remote.address ?? 'unknown'
  } catch {
    // A request that was handed to the app directly has no connection.
    return 'unknown'
  }
}

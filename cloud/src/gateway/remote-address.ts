import type { IncomingMessage } from 'node:http'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

/** Whom to believe when a request says for whom it was passed on: nobody, everybody, or the proxies at these addresses. */
export type TrustProxy = boolean | ReadonlySet<string>

/** IPv4 on a socket that serves both families. */
const mappedPrefix = '::ffff:'

export const isTrusted = (trust: TrustProxy, peer: string | undefined): boolean => {
  if (typeof trust === 'boolean') return trust
  return peer !== undefined && trust.has(peer.startsWith(mappedPrefix) ? peer.slice(mappedPrefix.length) : peer)
}

/** Of the other end of the connection; a request that was handed to the app directly has none. */
const peerOf = (c: Context): string | undefined => {
  try {
    return getConnInfo(c).remote.address
  } catch {
    return undefined
  }
}

/** A header of a proxy that may be believed. */
export const forwardedHeader = (c: Context, name: string, trust: TrustProxy): string | undefined =>
  isTrusted(trust, peerOf(c)) ? c.req.header(name) : undefined

/**
 * The address that rate limits count by. Behind a proxy that the owner has named trustworthy it is the last entry of
 * `X-Forwarded-For`, the one that proxy itself wrote; without one the header is a claim of the client and is ignored.
 */
export const remoteAddressOf = (c: Context, trust: TrustProxy): string =>
  lastOf(forwardedHeader(c, 'x-forwarded-for', trust)) ?? peerOf(c) ?? 'unknown'

/** The same of a request that no app has seen: one for a WebSocket. */
export const nodeAddressOf = ({ headers, socket }: IncomingMessage, trust: TrustProxy): string => {
  const peer = socket.remoteAddress
  return (isTrusted(trust, peer) ? lastOf(String(headers['x-forwarded-for'] ?? '')) : undefined) ?? peer ?? 'unknown'
}

const lastOf = (list: string | undefined): string | undefined => list?.split(',').at(-1)?.trim() || undefined

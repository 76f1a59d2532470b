import type { Duplex } from 'node:stream'

const reasons = {
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const

export type UpgradeRefusal = keyof typeof reasons

/**
 * Answers a request for a WebSocket that gets none, and closes its connection: no timeout of the HTTP server watches it any more, so that
 * whoever does not close the other end would keep it for ever.
 */
export const refuseUpgrade = (socket: Duplex, status: UpgradeRefusal): void => {
  socket.end(`HTTP/1.1 ${status} ${reasons[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}

import { once } from 'node:events'
import type { WebSocket } from 'ws'

/** How a server answers a WebSocket: 101 when it is open, else the status with which it was refused. */
export const openingOf = (socket: WebSocket): Promise<number> => {
  const refused = new Promise<number>((resolve) => {
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0)
      socket.terminate()
    })
  })
  socket.on('error', () => {})
  return Promise.race([once(socket, 'open').then(() => 101), refused])
}

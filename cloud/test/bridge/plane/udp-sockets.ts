import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** UDP sockets on ports of their own on loopback, all closed by `close`. */
export const createUdpSockets = () => {
  const sockets = new Set<Socket>()
  return {
    bound: async () => {
      const socket = createSocket('udp4')
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      return { socket, port: socket.address().port }
    },
    close: () => {
      for (const socket of sockets) socket.close()
      sockets.clear()
    },
  }
}

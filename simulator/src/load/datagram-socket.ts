import { createSocket } from 'node:dgram'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { bufferBytes, type LoadSocket, type ReceiveStamped } from './load-socket.ts'

/** By node:dgram, on every system: what it receives is as late as this process. */
export const openDatagramSocket = async (
  clock: Pick<Clock, 'now'>,
  onDatagram: ReceiveStamped,
): Promise<LoadSocket> => {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', resolve)
  })
  socket.setRecvBufferSize(bufferBytes)
  socket.setSendBufferSize(bufferBytes)
  socket.on('error', () => {})
  socket.on('message', (bytes) => onDatagram(bytes, clock.now()))
  return {
    port: socket.address().port,
    send: (bytes, { host, port }) => socket.send(bytes, port, host, () => {}),
    close: () => socket.close(),
  }
}

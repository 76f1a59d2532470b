import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import { DgramAsPromised } from 'dgram-as-promised'
import type { ConnectUdp } from './connect.ts'

const receiveBufferBytes = 262_144

/**
 * One UDP socket to one peer. dgram-as-promised opens, binds and closes; datagrams are handed over by its synchronous callback and
 * not by its iterator, which has no queue: an await between two packets loses the second (docs/adr/0003).
 * The name is resolved once: a look-up per datagram would reorder them.
 */
export const connectUdp: ConnectUdp = async ({ host, port }) => {
  const family = isIP(host)
  const address = family ? { address: host, family } : await lookup(host)
  const type = address.family === 6 ? 'udp6' : 'udp4'
  let listener: Parameters<DatagramTransport['onDatagram']>[0] = () => {}
  let closed = false
  const socket = DgramAsPromised.createSocket({ type, recvBufferSize: receiveBufferBytes }, (message) => {
    if (!closed) listener(message)
  })
  await socket.bind(0)
  return {
    send: (bytes) => {
      // Straight to the socket: the promise of `send` would cost an allocation per packet and its rejection says nothing that
      // a probe does not say better (an unreachable host is found by its silence).
      if (!closed) socket.socket.send(bytes, port, address.address, () => {})
    },
    onDatagram: (next) => {
      listener = next
    },
    close: async () => {
      if (closed) return
      closed = true
      await socket.close()
    },
  }
}

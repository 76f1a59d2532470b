import type { Socket } from 'node:dgram'
import { koffi } from '@mynah/shared/native/native-library.ts'
import { createSocketAddress } from '@mynah/shared/native/socket-address.ts'

/** Hands a datagram to the network. Never waits and never throws: what cannot be sent is lost, as on any network. */
export type SendDatagram = (bytes: Uint8Array, host: string, port: number) => void

export type UdpSender = {
  readonly send: SendDatagram
  /** Before the socket is closed: nothing leaves after it, for by then the number of the descriptor may be that of another file. */
  readonly end: () => void
}

/** `MSG_DONTWAIT` of Linux. */
const dontWait = 0x40

/** By sendto(2); false when the system does not take the datagram at once, or `host` is no IPv4 address. */
export const createDescriptorSender = (
  descriptor: number,
): ((bytes: Uint8Array, host: string, port: number) => boolean) => {
  const sendTo = koffi
    .load(null)
    .func(
      'intptr_t sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *address, uint32_t addressLength)',
    )
  const address = createSocketAddress()
  return (bytes, host, port) =>
    address.write(host, port) &&
    sendTo(descriptor, bytes, bytes.length, dontWait, address.bytes, address.bytes.length) === bytes.length
}

/**
 * By sendto(2) on the socket's own descriptor, a fifth of the CPU of node:dgram (docs/adr/0021), and by node:dgram where there is no
 * descriptor or the system does not take the datagram at once.
 */
const senderFor = (socket: Pick<Socket, 'send'>, descriptor: number | undefined): SendDatagram => {
  // An unreachable peer is the uplink's affair: it falls silent and the idle limit ends the stream.
  const byDgram: SendDatagram = (bytes, host, port) => {
    // Whoever forges where a datagram comes from can say port 0, for which node:dgram throws.
    if (port !== 0) socket.send(bytes, port, host, () => {})
  }
  if (descriptor === undefined || process.platform !== 'linux') return byDgram
  const sendNow = createDescriptorSender(descriptor)
  return (bytes, host, port) => {
    if (!sendNow(bytes, host, port)) byDgram(bytes, host, port)
  }
}

export const createUdpSender = (socket: Pick<Socket, 'send'>, descriptor: number | undefined): UdpSender => {
  const send = senderFor(socket, descriptor)
  let isOpen = true
  return {
    send: (bytes, host, port) => {
      if (isOpen) send(bytes, host, port)
    },
    end: () => {
      isOpen = false
    },
  }
}

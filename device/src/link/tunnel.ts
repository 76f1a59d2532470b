import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import { maxDatagramBytes } from '@mynah/shared/wire/datagram-header.ts'
import { WebSocket } from 'ws'
import type { ConnectTunnel } from './connect.ts'

const handshakeTimeoutMs = 5_000
/** Beyond this much unsent sound the network is too slow for speech; dropping is what UDP would do. */
const maxUnsentBytes = 64 * 1024

/** The same sealed datagrams as binary WebSocket messages, for networks that let no UDP pass. */
export const connectTunnel: ConnectTunnel = ({ url, bearer }) =>
  new Promise<DatagramTransport>((resolve, reject) => {
    let listener: Parameters<DatagramTransport['onDatagram']>[0] = () => {}
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${bearer}` },
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxDatagramBytes,
      perMessageDeflate: false,
    })
    socket.binaryType = 'nodebuffer'
    socket.on('error', (error) =>
      reject(new Error(`the audio tunnel does not open: ${error.message}`, { cause: error })),
    )
    socket.on('message', (message, isBinary) => {
      if (isBinary && Buffer.isBuffer(message)) listener(message)
    })
    socket.on('open', () =>
      resolve({
        send: (bytes) => {
          if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < maxUnsentBytes) socket.send(bytes)
        },
        onDatagram: (next) => {
          listener = next
        },
        onClose: (onClose) => {
          socket.once('close', onClose)
          // It may have gone before anybody asked.
          if (socket.readyState === WebSocket.CLOSED) onClose()
        },
        close: () => closeSocket(socket),
      }),
    )
  })

const closeSocket = (socket: WebSocket) =>
  new Promise<void>((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) return resolve()
    socket.once('close', () => resolve())
    // The goodbye of a dead peer would be waited for 30 s.
    socket.terminate()
  })

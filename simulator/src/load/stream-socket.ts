import { createSocket } from 'node:dgram'
import { peekStreamId } from '@mynah/shared/wire/datagram.ts'
import { requireLoopback } from './loopback.ts'

/** One UDP socket for all streams of a process; the stream id says whose a datagram is. */
export type StreamSocket = {
  readonly send: (bytes: Uint8Array, to: { readonly host: string; readonly port: number }) => void
  readonly open: (streamId: bigint, receive: (bytes: Uint8Array) => void) => void
  /** What still comes for it is late, not foreign. */
  readonly end: (streamId: bigint) => void
  readonly close: () => void
}

const bufferBytes = 4 * 1024 * 1024
const remembered = 10_000

/** `onForeign` is told of every datagram of a stream that was never opened here. */
export const openStreamSocket = async (onForeign: () => void): Promise<StreamSocket> => {
  const socket = createSocket('udp4')
  const streams = new Map<bigint, (bytes: Uint8Array) => void>()
  const ended = new Set<bigint>()
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', resolve)
  })
  socket.setRecvBufferSize(bufferBytes)
  socket.setSendBufferSize(bufferBytes)
  socket.on('error', () => {})
  socket.on('message', (bytes) => {
    const streamId = peekStreamId(bytes)
    const receive = streamId === undefined ? undefined : streams.get(streamId)
    if (receive) receive(bytes)
    else if (streamId === undefined || !ended.has(streamId)) onForeign()
  })
  return {
    send: (bytes, { host, port }) => socket.send(bytes, port, requireLoopback(host), () => {}),
    open: (streamId, receive) => void streams.set(streamId, receive),
    end: (streamId) => {
      streams.delete(streamId)
      ended.add(streamId)
      const [oldest] = ended
      if (ended.size > remembered && oldest !== undefined) ended.delete(oldest)
    },
    close: () => socket.close(),
  }
}

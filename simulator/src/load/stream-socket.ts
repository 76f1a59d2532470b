import type { Clock } from '@mynah/shared/time/clock.ts'
import { peekStreamId } from '@mynah/shared/wire/datagram.ts'
import { openDatagramSocket } from './datagram-socket.ts'
import type { LoadSocket, ReceiveStamped } from './load-socket.ts'
import { requireLoopback } from './loopback.ts'
import { openStampedSocket } from './stamped-socket.ts'

/** One UDP socket for all streams of a process; the stream id says whose a datagram is. */
export type StreamSocket = Omit<LoadSocket, 'port'> & {
  readonly open: (streamId: bigint, receive: ReceiveStamped) => void
  /** What still comes for it is late, not foreign. */
  readonly end: (streamId: bigint) => void
}

const remembered = 10_000

/** `onForeign` is told of every datagram of a stream that was never opened here. */
export const openStreamSocket = async (clock: Pick<Clock, 'now'>, onForeign: () => void): Promise<StreamSocket> => {
  const streams = new Map<bigint, ReceiveStamped>()
  const ended = new Set<bigint>()
  const onDatagram: ReceiveStamped = (bytes, atMs) => {
    const streamId = peekStreamId(bytes)
    const receive = streamId === undefined ? undefined : streams.get(streamId)
    if (receive) receive(bytes, atMs)
    else if (streamId === undefined || !ended.has(streamId)) onForeign()
  }
  const socket = openStampedSocket(clock, onDatagram) ?? (await openDatagramSocket(clock, onDatagram))
  return {
    send: (bytes, to) => {
      requireLoopback(to.host)
      socket.send(bytes, to)
    },
    open: (streamId, receive) => void streams.set(streamId, receive),
    end: (streamId) => {
      streams.delete(streamId)
      ended.add(streamId)
      const [oldest] = ended
      if (ended.size > remembered && oldest !== undefined) ended.delete(oldest)
    },
    close: socket.close,
  }
}

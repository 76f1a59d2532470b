import type { ReceivedDatagram } from '@mynah/shared/native/receive-memory.ts'
import type { UdpBacklog } from './udp-backlog.ts'

/** libuv hands out at most so many datagrams in one turn of the event loop. */
const perTurn = 32
/** 2,000 datagrams: then it is the turn of those who send. */
const mostReads = 16

/**
 * Takes the messages of a socket. When a turn of the event loop was full more is waiting, and would wait for a turn for every 32: with
 * a backlog it is read in the same turn, so that sound of some seconds ago never queues in the system unseen.
 */
export const createUdpReader = ({
  onDatagram,
  backlog,
}: {
  readonly onDatagram: (datagram: ReceivedDatagram) => void
  readonly backlog?: UdpBacklog | undefined
}) => {
  let inThisTurn = 0
  const onNextTurn = () => {
    inThisTurn = 0
  }
  const readBacklog = () => {
    for (let reads = 0; reads < mostReads; reads++) if (!backlog || backlog.read(onDatagram) === 0) return
  }
  return (bytes: Uint8Array, peer: { readonly address: string; readonly port: number }): void => {
    if (inThisTurn === 0) setImmediate(onNextTurn)
    onDatagram({ bytes, host: peer.address, port: peer.port })
    if (++inThisTurn === perTurn) readBacklog()
  }
}

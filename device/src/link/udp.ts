import { lookup } from 'node:dns/promises'
import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import { DgramAsPromised } from 'dgram-as-promised'
import type { ConnectUdp } from './connect.ts'

const receiveBufferBytes = 262_144

type Address = { readonly address: string; readonly family: number }
export type ResolveHost = (host: string) => Promise<readonly Address[]>

const resolveHost: ResolveHost = (host) => lookup(host, { all: true })

type OpenSocket = { readonly send: (bytes: Uint8Array) => void; readonly close: () => Promise<void> }

const openSocket = async (
  { address, family }: Address,
  port: number,
  onMessage: (bytes: Uint8Array) => void,
): Promise<OpenSocket> => {
  const type = family === 6 ? 'udp6' : 'udp4'
  const socket = DgramAsPromised.createSocket({ type, recvBufferSize: receiveBufferBytes }, onMessage)
  await socket.bind(0)
  return {
    // Straight to the socket: the promise of `send` would cost an allocation per packet and its rejection says nothing that
    // a probe does not say better (an unreachable host is found by its silence).
    send: (bytes) => socket.socket.send(bytes, port, address, () => {}),
    close: () => socket.close(),
  }
}

/** The first address of each family, in the order of the resolver. */
const oneOfEachFamily = (addresses: readonly Address[]): readonly Address[] =>
  addresses.filter(({ family }, index) => addresses.findIndex((other) => other.family === family) === index)

/**
 * UDP to one peer. dgram-as-promised opens, binds and closes; datagrams are handed over by its synchronous callback and
 * not by its iterator, which has no queue: an await between two packets loses the second (docs/adr/0003).
 * The name is resolved once: a look-up per datagram would reorder them. A name may stand for an IPv4 and an IPv6 address of which the
 * bridge listens on one: datagrams go to both until one of them answers, and from then on only there.
 * Rejects when the name is unknown or no socket can be opened.
 */
export const createUdpConnector =
  (resolve: ResolveHost = resolveHost): ConnectUdp =>
  async ({ host, port }) => {
    const candidates = oneOfEachFamily(await resolve(host))
    let listener: Parameters<DatagramTransport['onDatagram']>[0] = () => {}
    let closed = false
    let answering: Address | undefined
    const opened = await Promise.allSettled(
      candidates.map(async (candidate) => ({
        candidate,
        socket: await openSocket(candidate, port, (bytes) => {
          if (closed) return
          answering ??= candidate
          if (answering === candidate) listener(bytes)
        }),
      })),
    )
    // A system without IPv6 has no socket for it.
    const open = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = opened.find((result) => result.status === 'rejected')
    if (open.length === 0) throw failed?.reason ?? new Error(`${host} has no address`)
    return {
      send: (bytes) => {
        if (closed) return
        for (const { candidate, socket } of open)
          if (answering === undefined || answering === candidate) socket.send(bytes)
      },
      onDatagram: (next) => {
        listener = next
      },
      close: async () => {
        if (closed) return
        closed = true
        await Promise.all(open.map(({ socket }) => socket.close()))
      },
    }
  }

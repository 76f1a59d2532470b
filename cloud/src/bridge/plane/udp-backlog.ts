import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { koffi } from '@mynah/shared/native/native-library.ts'
import { createReceiveMemory, type ReceivedDatagram } from '@mynah/shared/native/receive-memory.ts'

/** What waits in a UDP socket, by recvmmsg(2): many datagrams for one system call. */
export type UdpBacklog = {
  /** Hands out what waits now, at most `mostDatagrams` and each a copy of its own; answers how many. Never waits. */
  readonly read: (onDatagram: (datagram: ReceivedDatagram) => void) => number
}

/** One call; the caller asks again when all places were filled. */
const mostDatagrams = 128
const dontWait = 0x40

/** IPv4 only. Undefined where the memory of the call is laid out otherwise: reading goes on without it. */
export const openUdpBacklog = (descriptor: number): UdpBacklog | undefined => {
  const memory = createReceiveMemory(mostDatagrams)
  if (!memory) return undefined
  const receive = koffi
    .load(null)
    .func('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)')
  return {
    read: (onDatagram) => {
      // Negative when nothing waits (EAGAIN); any other fault of the socket is reported by whoever reads it otherwise.
      const count = Math.max(0, receive(descriptor, memory.pointer, mostDatagrams, dontWait, null))
      for (let index = 0; index < count; index++) onDatagram(memory.take(index))
      return count
    },
  }
}

/** The descriptor of this process's UDP socket on a port, which node:dgram does not tell; undefined when the system does not either. */
export const descriptorOfUdpPort = (port: number): number | undefined => {
  try {
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
    const rows = readFileSync('/proc/net/udp', 'utf8').split('\n').slice(1)
    const row = rows.map((line) => line.trim().split(/\s+/)).find((columns) => columns[1]?.endsWith(local))
    const name = `socket:[${row?.[9]}]`
    const descriptor = readdirSync('/proc/self/fd').find((fd) => linkOf(fd) === name)
    return descriptor === undefined ? undefined : Number(descriptor)
  } catch {
    // No /proc here.
    return undefined
  }
}

/** The list itself was open while it was read, and is closed now. */
const linkOf = (fd: string): string | undefined => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

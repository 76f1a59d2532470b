import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { endianness } from 'node:os'
import { koffi } from '@mynah/shared/native/native-library.ts'

export type ReceivedDatagram = { readonly bytes: Uint8Array; readonly host: string; readonly port: number }

/** What waits in a UDP socket, by recvmmsg(2): many datagrams for one system call. */
export type UdpBacklog = {
  /** Hands out what waits now, at most `mostDatagrams` and each a copy of its own; answers how many. Never waits. */
  readonly read: (onDatagram: (datagram: ReceivedDatagram) => void) => number
}

/** One call; the caller asks again when all places were filled. */
const mostDatagrams = 128
/** Longer than any datagram of ours: what is cut off here is too long anyway. */
const datagramBytes = 2_048

/**
 * The layout of struct mmsghdr, iovec and sockaddr_in in Linux with 64-bit pointers (x86-64 and arm64 alike):
 * mmsghdr { name*, namelen, iov*, iovlen, control*, controllen, flags, len }.
 */
const header = { bytes: 64, name: 0, nameLength: 8, vector: 16, vectorLength: 24, length: 56 } as const
const vector = { bytes: 16, base: 0, length: 8 } as const
const address = { bytes: 16, port: 2, host: 4 } as const
const dontWait = 0x40

/** IPv4 only. Undefined where the memory of the call is laid out otherwise or it cannot be made: reading goes on without it. */
export const openUdpBacklog = (descriptor: number): UdpBacklog | undefined => {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch) || endianness() !== 'LE')
    return undefined
  const receive = koffi
    .load(null)
    .func('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)')
  const perDatagram = header.bytes + vector.bytes + address.bytes + datagramBytes
  // As long as the process: one socket, some 280 kB.
  const memory = koffi.alloc('uint8_t', mostDatagrams * perDatagram)
  const startsAt = koffi.address(memory)
  const bytes = koffi.view(memory, mostDatagrams * perDatagram)
  const view = new DataView(bytes)
  const all = new Uint8Array(bytes)
  const vectorsAt = mostDatagrams * header.bytes
  const addressesAt = vectorsAt + mostDatagrams * vector.bytes
  const dataAt = addressesAt + mostDatagrams * address.bytes
  const pointer = (offset: number) => startsAt + BigInt(offset)
  for (let index = 0; index < mostDatagrams; index++) {
    const [message, slot] = [index * header.bytes, vectorsAt + index * vector.bytes]
    view.setBigUint64(message + header.name, pointer(addressesAt + index * address.bytes), true)
    view.setUint32(message + header.nameLength, address.bytes, true)
    view.setBigUint64(message + header.vector, pointer(slot), true)
    view.setBigUint64(message + header.vectorLength, 1n, true)
    view.setBigUint64(slot + vector.base, pointer(dataAt + index * datagramBytes), true)
    view.setBigUint64(slot + vector.length, BigInt(datagramBytes), true)
  }
  const datagramAt = (index: number): ReceivedDatagram => {
    const from = addressesAt + index * address.bytes
    const host = from + address.host
    const start = dataAt + index * datagramBytes
    const length = view.getUint32(index * header.bytes + header.length, true)
    return {
      // Buffer.from copies, into a pool: cheaper than memory of its own for each.
      bytes: Buffer.from(all.subarray(start, start + length)),
      host: `${all[host]}.${all[host + 1]}.${all[host + 2]}.${all[host + 3]}`,
      port: view.getUint16(from + address.port),
    }
  }
  return {
    read: (onDatagram) => {
      // Negative when nothing waits (EAGAIN); any other fault of the socket is reported by whoever reads it otherwise.
      const count = Math.max(0, receive(descriptor, memory, mostDatagrams, dontWait, null))
      for (let index = 0; index < count; index++) {
        onDatagram(datagramAt(index))
        view.setUint32(index * header.bytes + header.nameLength, address.bytes, true)
      }
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

import { koffi } from './native-library.ts'

export type ReceivedDatagram = {
  /** Memory of its own. */
  readonly bytes: Uint8Array
  readonly host: string
  readonly port: number
  /** When the system took it in, in nanoseconds of its wall clock; only of a socket with SO_TIMESTAMPNS. */
  readonly stampNs?: bigint
}

/** What one recvmmsg(2) fills: places for many datagrams, where each came from, and when. */
export type ReceiveMemory = {
  /** The second argument of recvmmsg. */
  readonly pointer: unknown
  readonly places: number
  /** After a call that filled more than `index` places, and before the next one; the place is empty again. */
  readonly take: (index: number) => ReceivedDatagram
}

/** Longer than any datagram of ours: what is cut off here is too long anyway. */
const datagramBytes = 2_048

/**
 * The layout of struct mmsghdr, iovec, sockaddr_in and cmsghdr in Linux with 64-bit pointers (x86-64 and arm64 alike):
 * mmsghdr { name*, namelen, iov*, iovlen, control*, controllen, flags, len }, cmsghdr { len, level, type, timespec { s, ns } }.
 */
const header = {
  bytes: 64,
  name: 0,
  nameLength: 8,
  vector: 16,
  vectorLength: 24,
  control: 32,
  controlLength: 40,
  length: 56,
} as const
const vector = { bytes: 16, base: 0, length: 8 } as const
const address = { bytes: 16, port: 2, host: 4 } as const
const control = { bytes: 32, type: 12, seconds: 16, nanoseconds: 24 } as const
/** SCM_TIMESTAMPNS of asm-generic/socket.h. */
const stampType = 35

const isLaidOutSo = (): boolean =>
  process.platform === 'linux' &&
  ['x64', 'arm64'].includes(process.arch) &&
  new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** IPv4 only. Undefined where the memory of the call is laid out otherwise. It lasts as long as the process: one for each socket. */
export const createReceiveMemory = (places: number): ReceiveMemory | undefined => {
  if (!isLaidOutSo()) return undefined
  const perDatagram = header.bytes + vector.bytes + address.bytes + control.bytes + datagramBytes
  const pointer = koffi.alloc('uint8_t', places * perDatagram)
  const startsAt = koffi.address(pointer)
  const bytes = koffi.view(pointer, places * perDatagram)
  const view = new DataView(bytes)
  const all = new Uint8Array(bytes)
  const vectorsAt = places * header.bytes
  const addressesAt = vectorsAt + places * vector.bytes
  const controlsAt = addressesAt + places * address.bytes
  const dataAt = controlsAt + places * control.bytes
  const pointerTo = (offset: number) => startsAt + BigInt(offset)
  const empty = (index: number) => {
    view.setUint32(index * header.bytes + header.nameLength, address.bytes, true)
    view.setBigUint64(index * header.bytes + header.controlLength, BigInt(control.bytes), true)
  }
  for (let index = 0; index < places; index++) {
    const [message, slot] = [index * header.bytes, vectorsAt + index * vector.bytes]
    view.setBigUint64(message + header.name, pointerTo(addressesAt + index * address.bytes), true)
    view.setBigUint64(message + header.vector, pointerTo(slot), true)
    view.setBigUint64(message + header.vectorLength, 1n, true)
    view.setBigUint64(message + header.control, pointerTo(controlsAt + index * control.bytes), true)
    view.setBigUint64(slot + vector.base, pointerTo(dataAt + index * datagramBytes), true)
    view.setBigUint64(slot + vector.length, BigInt(datagramBytes), true)
    empty(index)
  }
  const stampOf = (index: number): bigint | undefined => {
    const filled = view.getUint32(index * header.bytes + header.controlLength, true)
    const from = controlsAt + index * control.bytes
    if (filled < control.bytes || view.getInt32(from + control.type, true) !== stampType) return undefined
    const seconds = view.getBigInt64(from + control.seconds, true)
    return seconds * 1_000_000_000n + view.getBigInt64(from + control.nanoseconds, true)
  }
  const take = (index: number): ReceivedDatagram => {
    const from = addressesAt + index * address.bytes
    const host = from + address.host
    const start = dataAt + index * datagramBytes
    const length = view.getUint32(index * header.bytes + header.length, true)
    const stampNs = stampOf(index)
    const datagram = {
      // Buffer.from copies, into a pool: cheaper than memory of its own for each.
      bytes: Buffer.from(all.subarray(start, start + length)),
      host: `${all[host]}.${all[host + 1]}.${all[host + 2]}.${all[host + 3]}`,
      port: view.getUint16(from + address.port),
      ...(stampNs !== undefined && { stampNs }),
    }
    empty(index)
    return datagram
  }
  return { pointer, places, take }
}

import { koffi } from '@mynah/shared/native/native-library.ts'
import { createReceiveMemory } from '@mynah/shared/native/receive-memory.ts'
import { createSocketAddress, inet } from '@mynah/shared/native/socket-address.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { bufferBytes, type LoadSocket, type ReceiveStamped } from './load-socket.ts'
import { createStampClock } from './stamp-clock.ts'

/** Constants of Linux. */
const datagram = 2
const socketLevel = 1
const option = { sendBuffer: 7, receiveBuffer: 8, receiveTimeout: 20, timestampNs: 35 } as const
const dontWait = 0x40
const waitForOne = 0x10000

const mostDatagrams = 128
/** So long a reading thread outlives its socket, which is closed only then: its number may be that of another file afterwards. */
const receiveTimeoutUs = 100_000

const bindCalls = () => {
  const system = koffi.load(null)
  return {
    socket: system.func('int socket(int domain, int type, int protocol)'),
    bind: system.func('int bind(int fd, const uint8_t *address, uint32_t length)'),
    nameOf: system.func('int getsockname(int fd, uint8_t *address, uint8_t *length)'),
    setOption: system.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)'),
    sendTo: system.func(
      'intptr_t sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *address, uint32_t addressLength)',
    ),
    receive: system.func('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)'),
    close: system.func('int close(int fd)'),
  }
}

const intOf = (value: number) => new Uint8Array(Int32Array.of(value).buffer)
/** struct timeval. */
const timeOf = (microseconds: number) => new Uint8Array(BigInt64Array.of(0n, BigInt(microseconds)).buffer)

/**
 * UDP whose datagrams bear the time at which the system took them in (SO_TIMESTAMPNS), which on loopback is when they were sent: how
 * late the reader is does not matter. A thread waits in recvmmsg(2) and hands over all that is there. Undefined where the system
 * cannot do that.
 */
export const openStampedSocket = (clock: Pick<Clock, 'now'>, onDatagram: ReceiveStamped): LoadSocket | undefined => {
  const memory = createReceiveMemory(mostDatagrams)
  if (!memory) return undefined
  const system = bindCalls()
  const descriptor: number = system.socket(inet, datagram, 0)
  const local = createSocketAddress()
  local.write('127.0.0.1', 0)
  const set = (name: number, value: Uint8Array) =>
    system.setOption(descriptor, socketLevel, name, value, value.length) === 0
  const isReady =
    descriptor >= 0 &&
    system.bind(descriptor, local.bytes, local.bytes.length) === 0 &&
    system.nameOf(descriptor, local.bytes, intOf(local.bytes.length)) === 0 &&
    set(option.timestampNs, intOf(1)) &&
    set(option.receiveTimeout, timeOf(receiveTimeoutUs)) &&
    set(option.receiveBuffer, intOf(bufferBytes)) &&
    set(option.sendBuffer, intOf(bufferBytes))
  if (!isReady) {
    if (descriptor >= 0) system.close(descriptor)
    return undefined
  }
  const stampClock = createStampClock(clock)
  const peer = createSocketAddress()
  let isOpen = true

  const onBatch = (_error: Error | null, count: number) => {
    if (!isOpen) return void system.close(descriptor)
    stampClock.align()
    for (let index = 0; index < count; index++) {
      const { bytes, stampNs } = memory.take(index)
      onDatagram(bytes, stampNs === undefined ? clock.now() : stampClock.toMs(stampNs))
    }
    readOn()
  }
  const readOn = () => system.receive.async(descriptor, memory.pointer, mostDatagrams, waitForOne, null, onBatch)
  readOn()
  return {
    port: new DataView(local.bytes.buffer).getUint16(2),
    send: (bytes, { host, port }) => {
      if (isOpen && peer.write(host, port))
        system.sendTo(descriptor, bytes, bytes.length, dontWait, peer.bytes, peer.bytes.length)
    },
    close: () => {
      isOpen = false
    },
  }
}

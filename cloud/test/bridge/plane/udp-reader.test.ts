import type { Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReceivedDatagram } from '@mynah/shared/native/receive-memory.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { descriptorOfUdpPort, openUdpBacklog } from '../../../src/bridge/plane/udp-backlog.ts'
import { createUdpReader } from '../../../src/bridge/plane/udp-reader.ts'
import { createUdpSockets } from './udp-sockets.ts'

const { bound, close } = createUdpSockets()
afterEach(close)

const untilSent = (socket: Socket, bytes: Uint8Array, port: number) =>
  new Promise<void>((resolve, reject) =>
    socket.send(bytes, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
  )

describe.each(['by node:dgram alone', 'with the backlog by recvmmsg'])('datagrams %s', (how) => {
  test('come each once, whole, with their sender and in his order, also many at once', async () => {
    const { socket, port } = await bound()
    const descriptor = descriptorOfUdpPort(port)
    if (descriptor === undefined) throw new Error('the socket is not found in /proc')
    const backlog = how.includes('recvmmsg') ? openUdpBacklog(descriptor) : undefined
    const received: ReceivedDatagram[] = []
    socket.on('message', createUdpReader({ onDatagram: (datagram) => received.push(datagram), backlog }))
    const senders = [await bound(), await bound()]
    const datagram = (number: number) => Uint8Array.from({ length: 100 + number }, (_, index) => index ^ number)
    for (let number = 0; number < 60; number++)
      for (const sender of senders) await untilSent(sender.socket, datagram(number), port)
    while (received.length < 120) await sleep(5)
    await sleep(20)
    for (const sender of senders) {
      const from = received.filter((each) => each.port === sender.port)
      expect(from.map(({ bytes }) => [...bytes])).toEqual(
        Array.from({ length: 60 }, (_, number) => [...datagram(number)]),
      )
      expect(new Set(from.map(({ host }) => host))).toEqual(new Set(['127.0.0.1']))
    }
    expect(received).toHaveLength(120)
  })
})

describe('the backlog', () => {
  test('is read in the turn of the event loop that was full', () => {
    const waiting = Array.from({ length: 200 }, (_, port) => ({ bytes: new Uint8Array(1), host: 'x', port }))
    const received: ReceivedDatagram[] = []
    const reader = createUdpReader({
      onDatagram: (datagram) => received.push(datagram),
      backlog: {
        read: (onDatagram) => {
          const some = waiting.splice(0, 128)
          some.forEach(onDatagram)
          return some.length
        },
      },
    })
    for (let count = 0; count < 31; count++) reader(new Uint8Array(1), { address: 'y', port: 1 })
    expect(received).toHaveLength(31)
    reader(new Uint8Array(1), { address: 'y', port: 1 })
    expect(received).toHaveLength(232)
  })
  test('of an empty socket is nothing, and what is longer than any datagram of ours is cut off', async () => {
    const { socket, port } = await bound()
    const backlog = openUdpBacklog(descriptorOfUdpPort(port) ?? -1)
    if (!backlog) throw new Error('recvmmsg cannot be called here')
    const received: ReceivedDatagram[] = []
    expect(backlog.read((datagram) => received.push(datagram))).toBe(0)
    await untilSent((await bound()).socket, new Uint8Array(5_000), port)
    // In the same turn: node:dgram has not seen it yet.
    expect(backlog.read((datagram) => received.push(datagram))).toBe(1)
    expect(received[0]?.bytes.length).toBe(2_048)
    expect(socket.address().port).toBe(port)
  })
})

test('a port without a socket has no descriptor', () => {
  expect(descriptorOfUdpPort(1)).toBeUndefined()
})

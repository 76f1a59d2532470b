import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { descriptorOfUdpPort } from '../../../src/bridge/plane/udp-backlog.ts'
import { createUdpSender } from '../../../src/bridge/plane/udp-sender.ts'
import { createUdpSockets } from './udp-sockets.ts'

const { bound, close } = createUdpSockets()
afterEach(close)

describe.each(['node:dgram', 'sendto'])('a datagram sent by %s', (how) => {
  const createSender = async () => {
    const { socket, port } = await bound()
    const descriptor = how === 'sendto' ? descriptorOfUdpPort(port) : undefined
    expect(descriptor === undefined).toBe(how !== 'sendto')
    return { socket, port, ...createUdpSender(socket, descriptor) }
  }

  test('comes whole, in order, from the port of the socket', async () => {
    const [receiver, { port, send }] = [await bound(), await createSender()]
    const received: { readonly bytes: number[]; readonly from: number }[] = []
    receiver.socket.on('message', (bytes, peer) => received.push({ bytes: [...bytes], from: peer.port }))
    const datagrams = Array.from({ length: 40 }, (_, number) =>
      Uint8Array.from({ length: 1 + number * 30 }, () => number),
    )
    for (const bytes of datagrams) send(bytes, '127.0.0.1', receiver.port)
    while (received.length < datagrams.length) await sleep(2)
    expect(received).toEqual(datagrams.map((bytes) => ({ bytes: [...bytes], from: port })))
  })

  test('is lost without a word where nobody listens, where there is no way, and when it is too long', async () => {
    const [receiver, { send }] = [await bound(), await createSender()]
    const received: number[] = []
    receiver.socket.on('message', (bytes) => received.push(bytes.length))
    send(new Uint8Array(10), '127.0.0.1', 1)
    send(new Uint8Array(10), '0.0.0.0', 0)
    send(new Uint8Array(70_000), '127.0.0.1', receiver.port)
    send(Uint8Array.of(1, 2), '127.0.0.1', receiver.port)
    while (received.length < 1) await sleep(2)
    expect(received).toEqual([2])
  })

  test('does not leave after the end, not even by whoever has the descriptor next', async () => {
    const [receiver, { socket, send, end }] = [await bound(), await createSender()]
    const received: string[] = []
    receiver.socket.on('message', (bytes) => received.push(bytes.toString()))
    end()
    const closed = once(socket, 'close')
    socket.close()
    await closed
    // The lowest free number is given out next: these get the one that was closed.
    const next = [await bound(), await bound()]
    send(Buffer.from('of the closed socket'), '127.0.0.1', receiver.port)
    for (const [number, { socket: other }] of next.entries()) other.send(`mine ${number}`, receiver.port, '127.0.0.1')
    while (received.length < next.length) await sleep(2)
    expect(received.sort()).toEqual(['mine 0', 'mine 1'])
  })
})

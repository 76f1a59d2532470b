import { createSocket } from 'node:dgram'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { openDatagramSocket } from '../../src/load/datagram-socket.ts'
import type { LoadSocket, ReceiveStamped } from '../../src/load/load-socket.ts'
import { openStampedSocket } from '../../src/load/stamped-socket.ts'

const stallMs = 60
/** Held back on purpose: this process does nothing else meanwhile. */
const stall = () => {
  const untilMs = systemClock.now() + stallMs
  while (systemClock.now() < untilMs);
}

const kinds: Readonly<Record<string, (receive: ReceiveStamped) => Promise<LoadSocket | undefined>>> = {
  'by node:dgram': (receive) => openDatagramSocket(systemClock, receive),
  'with the stamps of the system': async (receive) => openStampedSocket(systemClock, receive),
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

describe.each(Object.entries(kinds))('a socket of the generators %s', (name, open) => {
  test('sends, and takes every datagram once and in order', async (context) => {
    const heard: number[] = []
    const receiver = await open((bytes) => void heard.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)))
    const sender = await open(() => {})
    if (!receiver || !sender) return context.skip('only Linux on x64 and arm64 stamps datagrams so')
    closing.push(receiver.close, sender.close)
    const count = 500
    for (let index = 0; index < count; index++) {
      const bytes = new Uint8Array(40)
      new DataView(bytes.buffer).setUint32(0, index)
      sender.send(bytes, { host: '127.0.0.1', port: receiver.port })
    }
    await expect.poll(() => heard.length).toBe(count)
    expect(heard).toEqual(Array.from({ length: count }, (_, index) => index))
  })

  test('says when a datagram came, however late this process reads it', async (context) => {
    const times: { readonly atMs: number; readonly readMs: number }[] = []
    const receiver = await open((_, atMs) => void times.push({ atMs, readMs: systemClock.now() }))
    if (!receiver) return context.skip('only Linux on x64 and arm64 stamps datagrams so')
    const sender = createSocket('udp4')
    closing.push(receiver.close, () => sender.close())
    const sentMs = systemClock.now()
    await new Promise<void>((resolve) => sender.send(new Uint8Array(8), receiver.port, '127.0.0.1', () => resolve()))
    const leftMs = systemClock.now()
    stall()
    await expect.poll(() => times.length).toBe(1)
    const { atMs = 0, readMs = 0 } = times[0] ?? {}
    expect(readMs).toBeGreaterThan(leftMs + stallMs - 1)
    if (name !== 'by node:dgram') {
      expect(atMs).toBeGreaterThan(sentMs - 1)
      expect(atMs).toBeLessThan(leftMs + 1)
    }
  })
})

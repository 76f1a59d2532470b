import type { Socket } from 'node:dgram'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createOpener, type Datagram } from '@mynah/shared/wire/datagram.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { startPacingThread } from '../../../src/bridge/plane/pacing-thread.ts'
import type { PeerPath } from '../../../src/bridge/plane/peer-path.ts'
import { createPacingHere, type ReplyPacing } from '../../../src/bridge/plane/reply-pacing.ts'
import { descriptorOfUdpPort } from '../../../src/bridge/plane/udp-backlog.ts'
import { createUdpSender } from '../../../src/bridge/plane/udp-sender.ts'
import { createUdpSockets } from './udp-sockets.ts'

const sockets = createUdpSockets()
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  sockets.close()
})

type Away = { readonly bytes: Uint8Array; readonly tunnelId: number }
/** A pacing with a socket of its own; what goes by a tunnel is noted in `away`. */
type Open = (away: Away[]) => Promise<ReplyPacing | undefined>

const openHere: Open = async (away) => {
  const { socket } = await sockets.bound()
  const { send, end } = createUdpSender(socket, undefined)
  closing.push(async () => end())
  return createPacingHere({
    clock: systemClock,
    send: (bytes, path) => {
      if (path.type === 'udp') send(bytes, path.host, path.port)
      else away.push({ bytes, tunnelId: path.tunnelId })
    },
  })
}
const openInThread: Open = async (away) => {
  const { port } = await sockets.bound()
  const descriptor = descriptorOfUdpPort(port)
  if (descriptor === undefined) return undefined
  const thread = startPacingThread({
    descriptor,
    send: (bytes, path) => {
      if (path.type === 'tunnel') away.push({ bytes, tunnelId: path.tunnelId })
    },
    onDied: (error) => {
      throw error
    },
  })
  closing.push(thread.close)
  await thread.ready
  return thread
}

const key = new Uint8Array(32).fill(7)
const streamId = 0x0123456789abcdefn
const noReason = 'this system does not tell the descriptor of a UDP socket'

const packet = (index: number) => ({
  payload: Uint8Array.of(index, 1, 2, 3),
  madeMs: systemClock.now(),
  isTold: index % 10 === 9,
})
const openReply = (pacing: ReplyPacing) => {
  const told: number[] = []
  const ended: number[] = []
  const events = { onSent: (frames: number) => told.push(frames), onEnded: (frames: number) => ended.push(frames) }
  const pacer = pacing.open({ key, streamId, frameSamples: 480, leadMs: 200 }, events)
  return { pacer, told, ended }
}
const listen = (socket: Socket) => {
  const opener = createOpener({ key, streamId, direction: 'downlink' })
  const heard: Datagram[] = []
  socket.on('message', (bytes) => {
    const opened = opener.open(bytes)
    if (opened.ok) heard.push(opened.value)
  })
  return heard
}
const pathTo = (port: number): PeerPath => ({ type: 'udp', host: '127.0.0.1', port })

describe.each([
  ['in the thread of the worker', openHere],
  ['in a thread of its own', openInThread],
] as const)('replies that are paced %s', (_, open) => {
  test('arrive whole, in order, at their pace, and with their end', async (context) => {
    const pacing = await open([])
    if (!pacing) return context.skip(noReason)
    const { socket, port } = await sockets.bound()
    const heard = listen(socket)
    const { pacer, told, ended } = openReply(pacing)
    pacer.route(pathTo(port))
    const fromMs = systemClock.now()
    for (let index = 0; index < 25; index++) pacer.push(packet(index))
    pacer.end()
    await expect.poll(() => ended).toEqual([25])
    // The last of 25 is due 300 ms after the first, with a lead of 200.
    expect(systemClock.now() - fromMs).toBeGreaterThan(298)
    await expect.poll(() => heard.length).toBe(26)
    expect(heard.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 26 }, (_, index) => index))
    expect(heard.slice(0, 25).map(({ payload }) => payload[0])).toEqual(Array.from({ length: 25 }, (_, index) => index))
    expect([heard[0]?.marker, heard[1]?.marker, heard[25]?.type]).toEqual([true, false, 'end_of_stream'])
    expect(told).toEqual([10, 20])
    expect(pacing.totals()).toMatchObject({ reply_frames: 25, datagrams_unsent: 0 })
  })

  test('go where their speaker is: another address, a tunnel, nowhere', async (context) => {
    const away: Away[] = []
    const pacing = await open(away)
    if (!pacing) return context.skip(noReason)
    const [first, second] = [await sockets.bound(), await sockets.bound()]
    const [heardFirst, heardSecond] = [listen(first.socket), listen(second.socket)]
    const { pacer } = openReply(pacing)
    pacer.route(pathTo(first.port))
    pacer.push(packet(0))
    await expect.poll(() => heardFirst.length).toBe(1)
    pacer.route(pathTo(second.port))
    pacer.push(packet(1))
    await expect.poll(() => heardSecond.length).toBe(1)
    pacer.route({ type: 'tunnel', deviceId: 'kitchen', tunnelId: 3 })
    pacer.push(packet(2))
    await expect.poll(() => away.map(({ tunnelId }) => tunnelId)).toEqual([3])
    pacer.route(undefined)
    pacer.push(packet(3))
    await expect.poll(() => pacing.totals().datagrams_unsent).toBe(1)
    expect([heardFirst.length, heardSecond.length, away.length]).toEqual([1, 1, 1])
  })

  test('stop at once, end what was begun, and leave nothing behind', async (context) => {
    const pacing = await open([])
    if (!pacing) return context.skip(noReason)
    const { socket, port } = await sockets.bound()
    const heard = listen(socket)
    const { pacer, told, ended } = openReply(pacing)
    pacer.route(pathTo(port))
    for (let index = 0; index < 100; index++) pacer.push(packet(index))
    await expect.poll(() => told.length).toBeGreaterThan(0)
    pacer.stop()
    await expect.poll(() => heard.at(-1)?.type).toBe('end_of_stream')
    const sent = heard.length - 1
    expect(sent).toBeLessThan(100)
    expect([told.at(-1), ended]).toEqual([sent, []])
    pacer.push(packet(0))
    pacer.close()
    await expect.poll(() => pacing.totals().paced).toBe(0)
    expect(pacing.totals().reply_frames).toBe(sent)
  })
})

test('a worker that is held up delays no frame that it has coded', async (context) => {
  const pacing = await openInThread([])
  if (!pacing) return context.skip(noReason)
  const { socket, port } = await sockets.bound()
  listen(socket)
  const { pacer } = openReply(pacing)
  pacer.route(pathTo(port))
  for (let index = 0; index < 25; index++) pacer.push(packet(index))
  // The packets after the first go together, once this function gives way.
  await Promise.resolve()
  const untilMs = systemClock.now() + 1_000
  while (systemClock.now() < untilMs);
  expect(pacing.totals().reply_frames).toBe(25)
})

import { once } from 'node:events'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { watchPulse } from '../../src/gateway/web-socket-pulse.ts'

const everyMs = 1_000
const servers: WebSocketServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Both ends of a connection, of which the first is watched. */
const connected = async (options: { readonly autoPong: boolean }) => {
  const clock = createManualClock()
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server has no port')
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve))
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`, options)
  const [socket] = await Promise.all([accepted, once(client, 'open')])
  let beats = 0
  const onBeat = () => {
    beats += 1
  }
  watchPulse(socket, { clock, everyMs, onBeat })
  return { clock, client, socket, beats: () => beats }
}

describe('the pulse of a WebSocket', () => {
  test('cuts off who does not answer', async () => {
    const { clock, client, socket, beats } = await connected({ autoPong: false })
    const closed = once(client, 'close')
    await clock.advance(2 * everyMs)
    await closed
    if (socket.readyState !== socket.CLOSED) await once(socket, 'close')
    expect(beats()).toBe(1)
    expect(clock.pendingTimers()).toBe(0)
  })

  test('keeps who answers', async () => {
    const { clock, client, socket, beats } = await connected({ autoPong: true })
    for (const beat of [1, 2, 3]) {
      const answered = once(socket, 'pong')
      await clock.advance(everyMs)
      await answered
      expect(beats()).toBe(beat)
    }
    expect(socket.readyState).toBe(socket.OPEN)
    const closed = once(socket, 'close')
    client.close()
    await closed
    expect(clock.pendingTimers()).toBe(0)
  })

  test('keeps who says something instead of answering', async () => {
    const { clock, client, socket, beats } = await connected({ autoPong: false })
    for (const beat of [1, 2, 3]) {
      const said = once(socket, 'message')
      client.send('still here')
      await said
      await clock.advance(everyMs)
      expect(beats()).toBe(beat)
    }
    expect(socket.readyState).toBe(socket.OPEN)
  })
})

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import type { LiveProcessBounds } from '../../src/live/live-process.ts'
import { type Door, openDoor, startProcess } from './live-door.ts'

/** What can only happen to a process of its own. */
let door: Door
let live: Awaited<ReturnType<typeof startProcess>>
const start = async (bounds: Partial<LiveProcessBounds> = {}) => {
  live = await startProcess({}, bounds)
  door = await openDoor(live.hub)
  door.people.set('ada', { homes: ['home'] })
}
afterEach(async () => {
  await door.end()
  await live.stop()
})

const signal = (name: 'SIGKILL' | 'SIGSTOP') => process.kill(live.hub.pid() ?? 0, name)
const untilThereAgain = async (restarts: number) => {
  await eventually(() => live.hub.figures().restarts === restarts && live.hub.isReady(), 'a successor is there')
}

test('a process that is killed is started again, and its browsers come back to the successor', async () => {
  await start()
  const ada = await door.join('ada')
  door.publish('before')
  await ada.until(2)
  signal('SIGKILL')
  expect(await ada.closed).toBe(1_006)
  await eventually(() => live.hub.figures().connections === 0, 'its connections are known to be over')
  expect(live.hub.isReady()).toBe(false)
  expect(await door.knock(door.ticketOf('ada'))).toBe(503)
  // Nothing has happened meanwhile: the list of this browser is still true.
  await untilThereAgain(1)
  const again = await door.join('ada', ada.lastId())
  expect(again.messages[0]).toMatchObject({ resumed: true })
  door.publish('after')
  await again.until(2)
  expect(again.texts()).toEqual(['after'])
})

test('who missed something while there was no process is told to fetch the lists', async () => {
  await start()
  const ada = await door.join('ada')
  door.publish('before')
  await ada.until(2)
  signal('SIGKILL')
  await ada.closed
  await eventually(() => !live.hub.isReady(), 'its end is noticed')
  door.publish('missed')
  await untilThereAgain(1)
  const again = await door.join('ada', ada.lastId())
  expect(again.messages[0]).toMatchObject({ resumed: false })
  // What it knows from now on counts again.
  expect((await door.join('ada', again.lastId())).messages[0]).toMatchObject({ resumed: true })
})

test('a process that hangs is ended and started again', async () => {
  await start({ silentMs: 2_500 })
  const ada = await door.join('ada')
  await eventually(() => live.hub.figures().residentBytes !== 0, 'its pulse is felt')
  signal('SIGSTOP')
  expect(await ada.closed).toBe(1_006)
  await untilThereAgain(1)
  expect(live.said).toContain('the live process is ended')
  await door.join('ada')
})

test('a process that does not take what it is sent is ended before much waits for it', async () => {
  await start({ maxMessages: 500, silentMs: 60_000 })
  const ada = await door.join('ada')
  signal('SIGSTOP')
  let published = 0
  while (live.hub.isReady()) {
    door.publish('x'.repeat(1_000))
    published++
  }
  expect(published).toBeLessThanOrEqual(501)
  expect(await ada.closed).toBe(1_006)
  await untilThereAgain(1)
  expect(live.hub.figures()).toMatchObject({ waitingBytes: expect.any(Number) })
  const again = await door.join('ada', ada.lastId())
  expect(again.messages[0]).toMatchObject({ resumed: false })
})

test('what waits is counted until it is done', async () => {
  await start()
  const ada = await door.join('ada')
  for (let event = 0; event < 300; event++) door.publish('x'.repeat(1_000))
  expect(live.hub.figures().waitingMessages).toBeGreaterThanOrEqual(300)
  expect(live.hub.figures().waitingBytes).toBeGreaterThan(300_000)
  await ada.until(301)
  await eventually(() => live.hub.figures().waitingMessages === 0, 'nothing waits')
  expect(live.hub.figures().waitingBytes).toBe(0)
})

test('a browser on its way to a process that dies is not left hanging', async () => {
  await start({ silentMs: 60_000 })
  signal('SIGSTOP')
  const waiting = Array.from({ length: 5 }, () => {
    const socket = connect(door.port, '127.0.0.1')
    socket.write(
      `GET /ws?ticket=${door.ticketOf('ada')} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    return socket
  })
  await eventually(() => live.hub.figures().connections === 5, 'all five are on their way')
  const closed = waiting.map((socket) => once(socket.on('error', () => {}).resume(), 'close'))
  signal('SIGKILL')
  await Promise.all(closed)
  await untilThereAgain(1)
  expect((await door.join('ada')).messages[0]).toMatchObject({ type: 'hello' })
})

test('a server whose connections were handed over closes like any other, also when they are gone with the process', async () => {
  await start()
  const ada = await door.join('ada')
  signal('SIGKILL')
  await ada.closed
  await untilThereAgain(1)
  const other = await openDoor(live.hub)
  other.people.set('ada', { homes: ['home'] })
  await other.join('ada')
  for (const { server } of [door, other]) {
    const closed = once(server, 'close')
    server.close()
    await closed
  }
  await other.end()
})

/** Another process, so that it is not held up by this one: it pings in the moment in which it is let in, and wants its pong. */
const hastyBrowser = String.raw`
const [port, ...tickets] = process.argv.slice(1)
const ping = Buffer.from([0x89, 0x82, 0, 0, 0, 0, 0x68, 0x69])
const one = (ticket) => new Promise((resolve, reject) => {
  const socket = require('node:net').connect(port, '127.0.0.1')
  let answer = ''
  let said = false
  socket.setTimeout(5000, () => reject(new Error('what it said was lost')))
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text
    if (!said && answer.includes('101 Switching')) {
      said = true
      socket.write(ping)
    }
    if (answer.includes('\x8a\x02hi')) { socket.destroy(); resolve() }
  })
  socket.on('error', reject)
  socket.write('GET /ws?ticket=' + ticket + ' HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
})
const all = async () => { for (const ticket of tickets) await one(ticket) }
all().catch((error) => { console.error(error.message); process.exit(1) })
`

test('nothing is lost that a browser says at once, however busy the gateway is', async () => {
  await start()
  const pause = new Int32Array(new SharedArrayBuffer(4))
  // By then the browser is let in and has spoken, and this end still has its copy of the socket.
  door.server.on('upgrade', () => void Atomics.wait(pause, 0, 0, 15))
  const tickets = Array.from({ length: 60 }, () => door.ticketOf('ada'))
  await promisify(execFile)(process.execPath, ['-e', hastyBrowser, '--', String(door.port), ...tickets])
})

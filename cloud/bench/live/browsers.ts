import { connect, type Socket } from 'node:net'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { serveLoad } from '../api/load-process.ts'

/** Browsers that cost next to nothing: they count bytes, and answer no ping in the minute of a run. */
export type BrowsersRequest =
  | { readonly type: 'open'; readonly port: number; readonly count: number }
  /** From here on each is to get so many bytes. */
  | { readonly type: 'expect'; readonly bytes: number }
  | { readonly type: 'await' }
export type BrowsersReply = { readonly open: number; readonly lastAtMs: number }

const connectsAtOnce = 100
const pingBytes = 2
const greeting = '"type":"hello"'

const sockets: Socket[] = []
let expectedBytes = 0
let missing = 0
let lastAtMs = 0
let onComplete = () => {}

const receive = (left: { bytes: number; round: number }, round: number, length: number) => {
  if (length === pingBytes) return
  if (left.round !== round) {
    left.round = round
    left.bytes = expectedBytes
  }
  const was = left.bytes
  left.bytes -= length
  if (was <= 0 || left.bytes > 0) return
  missing -= 1
  lastAtMs = systemClock.now()
  if (missing === 0) onComplete()
}

let round = 0
const open = (port: number, index: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let head = ''
    const left = { bytes: 0, round: 0 }
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('a browser was closed')))
    socket.write(
      `GET /ws?ticket=${index} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    const greet = (bytes: Buffer) => {
      head += bytes.toString('latin1')
      // The answer and the greeting, whole: it ends the message.
      if (!head.includes(greeting) || !head.endsWith('}')) return
      socket.off('data', greet)
      socket.on('data', ({ length }) => receive(left, round, length))
      sockets.push(socket)
      resolve()
    }
    socket.on('data', greet)
  })

const openAll = async (port: number, count: number) => {
  let next = 0
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await open(port, index)
  }
  await Promise.all(Array.from({ length: connectsAtOnce }, lane))
}

serveLoad<BrowsersRequest, BrowsersReply>(async (request) => {
  if (request.type === 'open') await openAll(request.port, request.count)
  if (request.type === 'expect') {
    expectedBytes = request.bytes
    missing = sockets.length
    round += 1
  }
  if (request.type === 'await' && missing > 0) {
    await new Promise<void>((resolve) => {
      onComplete = resolve
    })
  }
  return { open: sockets.length, lastAtMs }
})

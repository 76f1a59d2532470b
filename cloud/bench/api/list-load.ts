import { connect, type Socket } from 'node:net'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { percentile } from './figures.ts'
import { serveLoad } from './load-process.ts'

/** Asks for one list over and over, by keep-alive connections on which one request is under way at a time. */
export type ListLoad = {
  readonly host: string
  readonly port: number
  readonly connections: number
  readonly forMs: number
  /** Requests take these in turn. */
  readonly tokens: readonly string[]
  readonly paths: readonly string[]
  /** The one body that is right; left out where it changes all the time: then each is parsed and its speakers are counted. */
  readonly body?: string
  readonly speakers: number
}
export type ListFigures = {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Answers that were not 200 with the right body. */
  readonly wrong: number
}

const headEnd = Buffer.from('\r\n\r\n')
const lengthName = Buffer.from('\r\ncontent-length: ')
const lengthNameOfNode = Buffer.from('\r\nContent-Length: ')
const good = Buffer.from('HTTP/1.1 200 ')

type Answer = { readonly status: Buffer; readonly body: Buffer; readonly closes: boolean }

/** One whole answer at the start of `bytes`, which is all that has come; undefined while it is not whole. */
const readAnswer = (bytes: Buffer): Answer | undefined => {
  const head = bytes.indexOf(headEnd)
  if (head < 0) return undefined
  const lower = bytes.indexOf(lengthName)
  const at = lower >= 0 && lower < head ? lower : bytes.indexOf(lengthNameOfNode)
  const length = Number(bytes.toString('latin1', at + lengthName.length, bytes.indexOf('\r', at + 2)))
  const end = head + headEnd.length + length
  if (bytes.length < end) return undefined
  const body = bytes.subarray(head + headEnd.length, end)
  return {
    status: bytes.subarray(0, good.length),
    body,
    closes: bytes.toString('latin1', 0, head).includes('onnection: close'),
  }
}

const isRight = (load: ListLoad, expected: Buffer | undefined, { status, body }: Answer): boolean => {
  if (!status.equals(good)) return false
  if (expected) return body.equals(expected)
  const { items } = JSON.parse(body.toString('utf8')) as { items?: readonly unknown[] }
  return items?.length === load.speakers
}

type Tally = { readonly tookMs: number[]; turn: number; wrong: number }

/** One connection, and another one whenever the server ends it, until `endMs`. */
const keepAsking = (load: ListLoad, requests: readonly Buffer[], tally: Tally, endMs: number): Promise<void> => {
  const expected = load.body === undefined ? undefined : Buffer.from(load.body)
  return new Promise((resolve, reject) => {
    let socket: Socket
    let sentMs = 0
    let pending: Buffer | undefined
    const send = () => {
      sentMs = systemClock.now()
      socket.write(requests[tally.turn++ % requests.length] ?? Buffer.alloc(0))
    }
    const open = () => {
      socket = connect({ host: load.host, port: load.port, noDelay: true })
      socket.on('data', onData).on('error', reject).once('connect', send)
    }
    const goOn = (isOver: boolean, closes: boolean) => {
      if (!isOver && !closes) return send()
      socket.destroy()
      if (isOver) resolve()
      else open()
    }
    const onData = (chunk: Buffer) => {
      const bytes = pending ? Buffer.concat([pending, chunk]) : chunk
      const answer = readAnswer(bytes)
      pending = answer ? undefined : bytes
      if (!answer) return
      const nowMs = systemClock.now()
      tally.tookMs.push(nowMs - sentMs)
      if (!isRight(load, expected, answer)) tally.wrong += 1
      goOn(nowMs >= endMs, answer.closes)
    }
    open()
  })
}

const run = async (load: ListLoad): Promise<ListFigures> => {
  const count = Math.max(load.tokens.length, load.paths.length)
  const requests = Array.from({ length: count }, (_, index) => {
    const path = load.paths[index % load.paths.length]
    const token = load.tokens[index % load.tokens.length]
    const headers = `host: ${load.host}:${load.port}\r\naccept: application/json\r\nauthorization: Bearer ${token}`
    return Buffer.from(`GET ${path} HTTP/1.1\r\n${headers}\r\n\r\n`)
  })
  const tally: Tally = { tookMs: [], turn: 0, wrong: 0 }
  const startMs = systemClock.now()
  const connections = Array.from({ length: load.connections }, () =>
    keepAsking(load, requests, tally, startMs + load.forMs),
  )
  await Promise.all(connections)
  const sorted = Float64Array.from(tally.tookMs).sort()
  return {
    requests: sorted.length,
    seconds: (systemClock.now() - startMs) / 1_000,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: percentile(sorted, 1),
    wrong: tally.wrong,
  }
}

serveLoad(run)

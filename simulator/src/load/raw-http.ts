import { connect, type Socket } from 'node:net'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { requireLoopback } from './loopback.ts'

/** An answer; `status` 0: the connection ended before it came. */
export type RawAnswer = { readonly status: number; readonly headers: string; readonly body: string }

export type RawRequest = {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly path: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Some kept-alive HTTP/1.1 connections, one request on each at a time: a fifth of the CPU of `fetch`. */
export type RawHttp = {
  readonly request: (request: RawRequest) => Promise<RawAnswer>
  readonly inFlight: () => number
  readonly close: () => void
}

const lost: RawAnswer = { status: 0, headers: '', body: '' }
const answerLimitMs = 10_000
const headEnd = '\r\n\r\n'

const textOf = (host: string, { method, path, token, headers = {}, body }: RawRequest): string => {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    'x-mynah-request: 1',
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]),
  ]
  return `${lines.join('\r\n')}${headEnd}${body ?? ''}`
}

/** The value of a header, whatever its case. */
export const headerOf = (headers: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(headers)?.[1]?.trim()

/** The chunks of a chunked body once the last one is there. */
const joinChunks = (bytes: Buffer): Buffer | undefined => {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!Number.isFinite(length)) return undefined
    if (length === 0) return Buffer.concat(parts)
    if (bytes.length < lineEnd + 2 + length + 2) return undefined
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length))
    at = lineEnd + 2 + length + 2
  }
}

/** A whole answer in these bytes, or undefined while some of it is missing. One request is under way, so nothing follows it. */
const readAnswer = (bytes: Buffer): RawAnswer | undefined => {
  const end = bytes.indexOf(headEnd)
  if (end < 0) return undefined
  const headers = bytes.toString('latin1', 0, end)
  const status = Number(headers.slice(9, 12))
  const rest = bytes.subarray(end + headEnd.length)
  if (status === 204 || status === 304) return { status, headers, body: '' }
  if (/^transfer-encoding:\s*chunked/im.test(headers)) {
    const body = joinChunks(rest)
    return body && { status, headers, body: body.toString('utf8') }
  }
  const length = Number(headerOf(headers, 'content-length') ?? 0)
  return rest.length >= length ? { status, headers, body: rest.toString('utf8', 0, length) } : undefined
}

type Job = {
  readonly text: string
  readonly isIdempotent: boolean
  readonly answer: (answer: RawAnswer) => void
}

export const createRawHttp = (options: {
  readonly clock: Clock
  readonly url: string
  readonly connections: number
}): RawHttp => {
  const { hostname, port, host } = new URL(options.url)
  requireLoopback(hostname)
  const idle: Socket[] = []
  const all = new Set<Socket>()
  const queue: Job[] = []
  let closed = false

  const next = () => {
    while (queue.length > 0 && (idle.length > 0 || all.size < options.connections)) {
      const job = queue.shift()
      const kept = idle.pop()
      if (job) serve(kept ?? dial(), job, kept !== undefined)
    }
  }
  const dial = (): Socket => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    all.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      all.delete(socket)
      const at = idle.indexOf(socket)
      if (at >= 0) idle.splice(at, 1)
      if (!closed) next()
    })
    return socket
  }
  const serve = (socket: Socket, job: Job, isKept: boolean) => {
    let bytes: Buffer = Buffer.alloc(0)
    let isLate = false
    const limit = options.clock.startTimer(answerLimitMs, () => {
      isLate = true
      socket.destroy()
    })
    const done = (answer: RawAnswer) => {
      limit.cancel()
      socket.off('data', onData).off('close', onClose)
      job.answer(answer)
    }
    // The server may close a connection that rests just when it is used again: another one is tried (RFC 9112 section 9.3.1).
    const onClose = () => {
      if (!isKept || !job.isIdempotent || bytes.length > 0 || isLate || closed) return done(lost)
      limit.cancel()
      queue.unshift(job)
      next()
    }
    const onData = (chunk: Buffer) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      const answer = readAnswer(bytes)
      if (!answer) return
      done(answer)
      if (/^connection:\s*close/im.test(answer.headers)) socket.destroy()
      else idle.push(socket)
      next()
    }
    socket.on('data', onData).once('close', onClose)
    socket.write(job.text)
  }
  return {
    request: (request) =>
      new Promise((answer) => {
        queue.push({ text: textOf(host, request), isIdempotent: request.method !== 'POST', answer })
        next()
      }),
    inFlight: () => queue.length + all.size - idle.length,
    close: () => {
      closed = true
      for (const socket of all) socket.destroy()
    },
  }
}

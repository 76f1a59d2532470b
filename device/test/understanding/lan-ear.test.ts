import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { createLanEar } from '../../src/understanding/lan-ear.ts'
import type { FromUnderstanding } from '../../src/understanding/understanding-messages.ts'
import { createUnderstandingWorker } from '../../src/understanding/understanding-worker.ts'

const open: Http2Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve))
})

/** A speech server that answers each call by hand. Our own is called by simulator/test/lan-speech.test.ts. */
const serve = async (answer: (stream: ServerHttp2Stream) => void) => {
  const calls: string[] = []
  const server = createServer()
  open.push(server)
  server.on('stream', (stream, headers) => {
    calls.push(`${headers[':path']} ${headers['content-type']}`)
    stream.resume()
    stream.on('end', () => answer(stream))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // of a TCP server
  return { url: `http://127.0.0.1:${port}`, calls }
}
const says = (text: string) => (stream: ServerHttp2Stream) => {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes])
  const message = field(field(field(Buffer.from(text))))
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
}
const earAt = (url: string) => createLanEar({ clock: systemClock, url, language: 'en', jsgf: '#JSGF V1.0;' })
const sound = new Int16Array(16_000)

describe('the ear of a speech server in the house', () => {
  it('is asked as Riva is, and heard', async () => {
    const { url, calls } = await serve(says('volume up'))
    expect(await earAt(url).hear(sound)).toEqual({ ok: true, value: 'volume up' })
    expect(calls).toEqual(['/nvidia.riva.asr.RivaSpeechRecognition/Recognize application/grpc'])
  })
  it('that refuses, talks nonsense or is not there is not waited for again at once', async () => {
    const refusing = await serve((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true })
    })
    const ear = earAt(refusing.url)
    expect(await ear.hear(sound)).toMatchObject({
      error: { code: 'refused', message: expect.stringContaining('gRPC status 12') },
    })
    expect(await ear.hear(sound)).toMatchObject({ error: { code: 'resting' } })
    expect(refusing.calls.length).toBe(1)
    const babbling = await serve((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end('hello')
    })
    expect(await earAt(babbling.url).hear(sound)).toMatchObject({ error: { code: 'malformed' } })
    expect(await earAt('http://127.0.0.1:9').hear(sound)).toMatchObject({ error: { code: 'unreachable' } })
  })
  it('that says nothing is given up after three seconds', async () => {
    const { url } = await serve(() => {})
    expect(await earAt(url).hear(sound)).toMatchObject({
      error: { code: 'unreachable', message: expect.stringContaining('no answer in 3000 ms') },
    })
  })
})

describe('the ladder without the cloud', () => {
  const ask = async (lanSpeechUrl: string) => {
    const messages: FromUnderstanding[] = []
    let told = () => {}
    const send = createUnderstandingWorker({
      clock: systemClock,
      random: Math.random,
      newId: () => 'id',
      searchPath: '',
      send: (message) => {
        messages.push(message)
        told()
      },
    })
    const next = () =>
      new Promise<FromUnderstanding | undefined>((resolve) => {
        told = () => resolve(messages.shift())
        if (messages.length > 0) told()
      })
    send({ type: 'open', language: 'en', lanSpeechUrl })
    const ready = await next()
    const speaker = { deviceId: 'kitchen', language: 'en', timeZone: 'UTC', volume: 50, schedule: [] } as const
    const said = { type: 'sound', samples: sound } as const
    send({ type: 'answer', requestId: 1, request: { said, speaker, nowMs: 0, tellAway: false } })
    return { ready, answer: await next() }
  }
  it('hears by the server of the house, and does what was understood', async () => {
    const { url } = await serve(says('volume up'))
    const { ready, answer } = await ask(url)
    expect(ready).toMatchObject({ type: 'ready', engine: expect.stringContaining(`riva at ${url}`) })
    expect(answer).toMatchObject({ answer: { understood: true, heard: 'volume up' } })
  })
  it('goes down to the own recogniser where that server is away: silence is then nothing, and no failure', async () => {
    const { ready, answer } = await ask('http://127.0.0.1:9')
    const hasOwn = ready?.type === 'ready' && ready.engine.includes('pocketsphinx')
    expect(answer).toMatchObject(hasOwn ? { answer: { understood: false, heard: '' } } : { type: 'failed' })
  })
})

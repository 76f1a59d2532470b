import type { AddressInfo } from 'node:net'
import { connect as connectTcp, createServer } from 'node:net'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { createRivaSpeechToText } from '../../../src/providers/stt/riva.ts'
import { createScriptedRecogniser } from '../../speech/scripted-engines.ts'
import { collect, inFrames, never, startTestServer } from '../../speech/speech-server-fixture.ts'
import { describeSpeechToText } from './contract.ts'

const request = { language: 'en', sampleRateHz: 16_000 } as const
const noise = (durationMs: number) =>
  Int16Array.from({ length: durationMs * 16 }, (_, at) => ((at * 7919) % 2_000) - 1_000)

const connect = async (
  script: Parameters<typeof createScriptedRecogniser>[0] = {},
  { serverToken, token }: { readonly serverToken?: string; readonly token?: string } = {},
) => {
  const recogniser = createScriptedRecogniser(script)
  const server = await startTestServer(
    { recognisers: [recogniser] },
    serverToken === undefined ? {} : { token: serverToken },
  )
  const clock = systemClock
  const stt = createRivaSpeechToText({ clock, address: server.address, ...(token === undefined ? {} : { token }) })
  const close = async () => {
    stt.close()
    await server.close()
  }
  return { stt, recogniser, server, close }
}

describeSpeechToText('a scripted engine over gRPC', async () => {
  const { stt, close } = await connect()
  return { stt, request, speech: noise(800), text: 'what time is it', close }
})

/** Remembers what came, in the pieces in which it came. */
const createListeningRecogniser = () => {
  const pieces: Int16Array[] = []
  const recogniser = createScriptedRecogniser()
  return {
    pieces,
    recogniser: {
      ...recogniser,
      open: async (...opening: Parameters<typeof recogniser.open>) => {
        const session = await recogniser.open(...opening)
        const feed = (samples: Int16Array) => {
          pieces.push(samples)
          return session.feed(samples)
        }
        return { ...session, feed }
      },
    },
  }
}

/** Frames of sound without an end, until nobody takes them any more. */
const talkingOn = async function* (taken: { frames: number }) {
  for (;;) {
    taken.frames++
    yield noise(20)
    await systemClock.sleep(1)
  }
}

/** Passes everything on to `address` and counts the connections. */
const startCountingProxy = async (address: string) => {
  const port = Number(address.split(':')[1])
  let connections = 0
  const proxy = createServer((socket) => {
    connections++
    const onward = connectTcp(port, '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port: own } = proxy.address() as AddressInfo // a TCP server has no other kind of address
  return { address: `127.0.0.1:${own}`, connections: () => connections, close: () => proxy.close() }
}

describe('the recognition client', () => {
  it('opens another connection for each sixteen calls at once, and uses them again', async () => {
    const server = await startTestServer()
    const proxy = await startCountingProxy(server.address)
    const stt = createRivaSpeechToText({ clock: systemClock, address: proxy.address })
    const transcribeAtOnce = (calls: number) =>
      Promise.all(Array.from({ length: calls }, () => collect(stt.transcribe(inFrames(noise(400)), request, never()))))
    await transcribeAtOnce(16)
    expect(proxy.connections()).toBe(1)
    await transcribeAtOnce(40)
    expect(proxy.connections()).toBe(3)
    await transcribeAtOnce(40)
    expect(proxy.connections()).toBe(3)
    stt.close()
    await server.close()
    proxy.close()
  })
  it('tells of a false wake at once, while the sound goes on', async () => {
    const { stt, recogniser, close } = await connect({ falseWakeAfter: 16_000 })
    const wake = { text: 'hey jarvis', preRollMs: 1_500 }
    const taken = { frames: 0 }
    const transcripts = await collect(stt.transcribe(talkingOn(taken), { ...request, wake }, never()))
    expect(transcripts.at(-1)).toMatchObject({ text: '', final: true, falseWake: true })
    expect(taken.frames).toBeGreaterThanOrEqual(50)
    expect(recogniser.requests).toMatchObject([{ language: 'en', wake }])
    expect(recogniser.openSessions()).toBe(0)
    await close()
  })
  it('tells of a wake word that nobody can spell where it is decided, and of none nothing', async () => {
    const { stt, recogniser, close } = await connect()
    const wake = { preRollMs: 1_500 }
    await collect(stt.transcribe(inFrames(noise(400)), { ...request, wake }, never()))
    await collect(stt.transcribe(inFrames(noise(400)), request, never()))
    expect(recogniser.requests.map((opened) => opened.wake)).toEqual([wake, undefined])
    await close()
  })
  it('is refused a wake word that is no words, since it becomes part of a grammar', async () => {
    const { stt, close } = await connect()
    const wake = { text: 'hey | <any>;', preRollMs: 1_500 }
    await expect(collect(stt.transcribe(inFrames(noise(400)), { ...request, wake }, never()))).rejects.toMatchObject({
      stage: 'stt',
    })
    await close()
  })
  it('sends what waits in one message, whole and in order', async () => {
    const { pieces, recogniser } = createListeningRecogniser()
    const server = await startTestServer({ recognisers: [recogniser] })
    const stt = createRivaSpeechToText({ clock: systemClock, address: server.address })
    const samples = Int16Array.from({ length: 64_000 }, (_, index) => (index % 30_000) - 15_000)
    await collect(stt.transcribe(inFrames(samples), request, never()))
    expect(concatSamples(pieces)).toEqual(samples)
    // 200 frames that are all there at once; alone they would take 200 turns of the event loop.
    expect(pieces.length).toBeLessThan(50)
    stt.close()
    await server.close()
  })

  it('sends each frame at once when nothing waits', async () => {
    const { pieces, recogniser } = createListeningRecogniser()
    const server = await startTestServer({ recognisers: [recogniser] })
    const stt = createRivaSpeechToText({ clock: systemClock, address: server.address })
    async function* spoken() {
      for (let frame = 0; frame < 5; frame++) {
        yield noise(20)
        const before = frame + 1
        while (pieces.length < before) await systemClock.sleep(2)
      }
    }
    await collect(stt.transcribe(spoken(), request, never()))
    expect(pieces.map(({ length }) => length)).toEqual([320, 320, 320, 320, 320])
    stt.close()
    await server.close()
  })

  it('sends five frames at a time in a hurry, and the rest at the end', async () => {
    const { pieces, recogniser } = createListeningRecogniser()
    const server = await startTestServer({ recognisers: [recogniser] })
    const stt = createRivaSpeechToText({ clock: systemClock, address: server.address, isHurried: () => true })
    async function* spoken() {
      for (let frame = 0; frame < 12; frame++) {
        yield noise(20)
        while (frame % 5 === 4 && pieces.length < (frame + 1) / 5) await systemClock.sleep(2)
      }
    }
    await collect(stt.transcribe(spoken(), request, never()))
    expect(pieces.map(({ length }) => length)).toEqual([1_600, 1_600, 640])
    stt.close()
    await server.close()
  })

  it('hands the grammar to the server and its verdict back', async () => {
    const { stt, recogniser, close } = await connect({ outOfGrammar: true })
    const transcripts = await collect(
      stt.transcribe(inFrames(noise(800)), { ...request, jsgf: '#JSGF V1.0;' }, never()),
    )
    expect(recogniser.requests).toEqual([{ language: 'en', jsgf: '#JSGF V1.0;' }])
    expect(transcripts.at(-1)).toMatchObject({ outOfGrammar: true })
    expect(transcripts.at(-1)?.confidence).toBeCloseTo(0.8)
    expect(transcripts.at(-1)?.computeMs).toBeGreaterThanOrEqual(0)
    await close()
  })

  it.each([
    ['is counted where the end waited for it', 'at once', true],
    ['is not where the end came later', 'when it is done', false],
  ] as const)('the work on the last pieces of sound %s', async (_name, ends, isCounted) => {
    const slow = createScriptedRecogniser()
    const feedMs = 500
    let pieces = 0
    let done = () => {}
    const worked = new Promise<void>((resolve) => {
      done = resolve
    })
    const recogniser = {
      ...slow,
      open: async (...opening: Parameters<typeof slow.open>) => {
        const session = await slow.open(...opening)
        const feed = async (samples: Int16Array) => {
          await systemClock.sleep(feedMs)
          const partial = await session.feed(samples)
          pieces++
          if (pieces === 2) done()
          return partial
        }
        return { ...session, feed }
      },
    }
    const server = await startTestServer({ recognisers: [recogniser] })
    const stt = createRivaSpeechToText({ clock: systemClock, address: server.address })
    async function* spoken() {
      yield noise(200)
      // Else both go in one message.
      await systemClock.sleep(50)
      yield noise(200)
      if (ends === 'when it is done') await worked
    }
    const transcripts = await collect(stt.transcribe(spoken(), request, never()))
    expect((transcripts.at(-1)?.computeMs ?? 0) > 1.5 * feedMs).toBe(isCounted)
    stt.close()
    await server.close()
  })

  it('leaves no utterance open on the server, however the call ends', async () => {
    const { stt, recogniser, close } = await connect()
    await collect(stt.transcribe(inFrames(noise(400)), request, never()))
    const abort = new AbortController()
    for await (const _ of stt.transcribe(inFrames(noise(800)), request, abort.signal)) abort.abort()
    await close()
    expect(recogniser.openSessions()).toBe(0)
  })

  it.each([
    ['a broken engine', { failsOnFeed: true }, 'crashed'],
    ['an engine without a free decoder', { busy: true }, 'unavailable'],
  ] as const)('fails the turn for %s', async (_name, script, code) => {
    const { stt, close } = await connect(script)
    const work = collect(stt.transcribe(inFrames(noise(400)), request, never()))
    await expect(work).rejects.toMatchObject({ name: 'StageError', stage: 'stt', code })
    await close()
  })

  it('is refused without the token of the server and served with it', async () => {
    const stranger = await connect({}, { serverToken: 'secret' })
    await expect(collect(stranger.stt.transcribe(inFrames(noise(400)), request, never()))).rejects.toMatchObject({
      code: 'refused',
    })
    await stranger.close()
    const known = await connect({}, { serverToken: 'secret', token: 'secret' })
    expect((await collect(known.stt.transcribe(inFrames(noise(800)), request, never()))).at(-1)?.text).toBe(
      'what time is it',
    )
    await known.close()
  })

  it('fails as unavailable when nobody listens', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    // A server that listens on a port has an address with one.
    const { port } = holder.address() as AddressInfo
    await new Promise((resolve) => holder.close(resolve))
    const stt = createRivaSpeechToText({ clock: systemClock, address: `127.0.0.1:${port}` })
    const work = collect(stt.transcribe(inFrames(noise(400)), request, never()))
    await expect(work).rejects.toMatchObject({ stage: 'stt', code: 'unavailable' })
    stt.close()
  })

  it('gives up on a final that does not come', async () => {
    const recogniser = createScriptedRecogniser({ finishHangs: true })
    const server = await startTestServer({ recognisers: [recogniser] })
    const clock = createManualClock()
    const stt = createRivaSpeechToText({ clock, address: server.address })
    const work = collect(stt.transcribe(inFrames(noise(400)), request, never()))
    const failed = expect(work).rejects.toMatchObject({ stage: 'stt', code: 'timeout' })
    while (recogniser.samplesHeard() < 400 * 16 || clock.pendingTimers() === 0) await systemClock.sleep(5)
    await clock.advance(10_000)
    await failed
    stt.close()
    await server.close()
  })
})

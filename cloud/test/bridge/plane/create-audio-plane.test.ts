import { createSocket } from 'node:dgram'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../../../../test/eventually.ts'
import type { AudioEvent, AudioPlane, StreamAddress } from '../../../src/bridge/audio-plane.ts'
import { createAudioPlane, shardOf } from '../../../src/bridge/plane/create-audio-plane.ts'
import { forkWorker, type WorkerProcess, workerModule } from '../../../src/bridge/plane/worker-process.ts'
import { tone } from '../scripted-engines.ts'
import { createTestSpeaker } from './plane-fixture.ts'

const started: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of started.splice(0)) await stop()
})

const scriptedWorker = new URL('./main-scripted-worker.ts', import.meta.url)

const startPlane = async (workers = 1, module = scriptedWorker) => {
  const processes: WorkerProcess[] = []
  const plane = createAudioPlane({
    clock: systemClock,
    log: silentLog,
    workers,
    bindHost: '127.0.0.1',
    publicHost: () => '127.0.0.1',
    basePort: 0,
    speechAddress: '127.0.0.1:1',
    startWorker: () => {
      const worker = forkWorker({ module, execArgv: ['--import', 'tsx'] })
      processes.push(worker)
      return worker
    },
  })
  const events: AudioEvent[] = []
  plane.onEvent((event) => events.push(event))
  const controller = new AbortController()
  const running = plane.run(controller.signal)
  started.push(async () => {
    controller.abort()
    await running
  })
  await plane.ready(AbortSignal.timeout(20_000))
  return { plane, events, processes }
}

const openSocket = async (address: StreamAddress) => {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  started.push(() => new Promise((resolve) => socket.close(resolve)))
  return {
    send: (bytes: Uint8Array) => socket.send(bytes, address.port, address.host),
    onDatagram: (listener: (bytes: Uint8Array) => void) => void socket.on('message', listener),
    close: () => Promise.resolve(),
  }
}

const holdTurn = async (plane: AudioPlane, events: readonly AudioEvent[]) => {
  const speaker = createTestSpeaker({ clock: systemClock })
  const { sessionId } = speaker
  const address = await plane.open(speaker.stream)
  expect(address).toEqual(plane.addressFor('kitchen'))
  const socket = await openSocket(address)
  speaker.listenOn(socket)
  for (const datagram of speaker.sealAudio(tone(600, 600, 16_000))) socket.send(datagram)
  socket.send(speaker.sealEnd())
  await eventually(
    () => events.some((event) => event.type === 'final' && event.sessionId === sessionId),
    'the transcript is there',
  )
  plane.command({ type: 'speak', sessionId, sentenceId: 0, text: 'hello', language: 'en' })
  plane.command({ type: 'finish_speaking', sessionId })
  await eventually(
    () => events.some((event) => event.type === 'sentence_started' && event.sessionId === sessionId),
    'a sentence is spoken',
  )
  return speaker
}

describe('an audio plane of real processes', () => {
  test('holds a turn over UDP and counts it', async () => {
    const { plane, events } = await startPlane(2)
    const speaker = await holdTurn(plane, events)
    await eventually(() => speaker.audioArrivals().length === 52, 'all frames arrive')
    plane.command({ type: 'close_stream', sessionId: speaker.sessionId })
    await eventually(() => events.some(({ type }) => type === 'closed'), 'the stream is closed')
    expect(events.filter(({ type }) => type === 'closed')).toMatchObject([{ received: 30, lost: 0 }])
    const counters = await plane.counters()
    expect(counters).toMatchObject({ streams_opened: 1, streams_open: 0 })
    expect(plane.addressFor('kitchen').port).not.toBe(0)
  })

  test('fails the turns of a killed worker once each, and the next turn works on the same port', async () => {
    const { plane, events, processes } = await startPlane()
    const speaker = await holdTurn(plane, events)
    const portBefore = plane.addressFor('kitchen').port
    process.kill(processes[0]?.pid ?? 0, 'SIGKILL')
    await eventually(() => events.some(({ type }) => type === 'failed'), 'the turn fails')
    await expect(plane.open(createTestSpeaker({ clock: systemClock }).stream)).rejects.toMatchObject({
      code: 'plane_crashed',
    })
    await eventually(() => processes.length === 2, 'there is a new process')
    for (let tries = 0; Object.keys(await plane.counters()).length === 0 && tries < 500; tries++) {
      await systemClock.sleep(10)
    }
    await holdTurn(plane, events)
    expect(plane.addressFor('kitchen').port).toBe(portBefore)
    const failures = events.filter((event) => event.type === 'failed')
    expect(failures).toMatchObject([{ sessionId: speaker.sessionId, code: 'plane_crashed' }])
  })

  test('carries a turn through a tunnel', async () => {
    const { plane, events } = await startPlane()
    const speaker = createTestSpeaker({ clock: systemClock })
    const { sessionId } = speaker
    await plane.open(speaker.stream)
    let toSpeaker: (bytes: Uint8Array) => void = () => {}
    speaker.listenOn({
      send: () => {},
      onDatagram: (listener) => {
        toSpeaker = listener
      },
      close: () => Promise.resolve(),
    })
    const tunnel = plane.attachTunnel('kitchen', (bytes) => toSpeaker(bytes))
    for (const datagram of speaker.sealAudio(tone(600, 600, 16_000))) tunnel.receive(datagram)
    tunnel.receive(speaker.sealEnd())
    await eventually(() => events.some(({ type }) => type === 'final'), 'the transcript is there')
    plane.command({ type: 'speak', sessionId, sentenceId: 0, text: 'hello', language: 'en' })
    await eventually(() => speaker.audioArrivals().length >= 10, 'frames arrive')
    tunnel.close()
    const heard = speaker.audioArrivals().length
    await systemClock.sleep(100)
    expect(speaker.audioArrivals().length - heard).toBeLessThanOrEqual(1)
  })

  test('fails a turn openly when its real workers find no speech service', async () => {
    const { plane, events } = await startPlane(1, workerModule)
    const speaker = createTestSpeaker({ clock: systemClock })
    await plane.open(speaker.stream)
    plane.command({ type: 'stop_listening', sessionId: speaker.sessionId })
    await eventually(() => events.some(({ type }) => type === 'failed'), 'the turn fails')
    expect(events.filter(({ type }) => type === 'failed')).toMatchObject([{ stage: 'stt', code: 'unavailable' }])
  })

  test('says which port it cannot have', async () => {
    const taken = createSocket('udp4')
    await new Promise<void>((resolve) => taken.bind(0, '127.0.0.1', resolve))
    started.push(() => new Promise((resolve) => taken.close(resolve)))
    const { port } = taken.address()
    const plane = createAudioPlane({
      clock: systemClock,
      log: silentLog,
      workers: 1,
      bindHost: '127.0.0.1',
      publicHost: () => '127.0.0.1',
      basePort: port,
      speechAddress: '127.0.0.1:1',
      startWorker: () =>
        forkWorker({
          module: scriptedWorker,
          execArgv: ['--import', 'tsx'],
        }),
    })
    const controller = new AbortController()
    const running = plane.run(controller.signal)
    started.push(async () => {
      controller.abort()
      await running
    })
    await expect(plane.ready(AbortSignal.timeout(20_000))).rejects.toThrow(`UDP port ${port}`)
  })
})

test('a device always goes to the same worker, and devices spread over all', () => {
  const shards = Array.from({ length: 400 }, (_, index) => shardOf(`speaker-${index}`, 4))
  expect(shardOf('kitchen', 4)).toBe(shardOf('kitchen', 4))
  for (const shard of [0, 1, 2, 3]) expect(shards.filter((each) => each === shard).length).toBeGreaterThan(60)
})

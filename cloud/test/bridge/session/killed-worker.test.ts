import { createSocket } from 'node:dgram'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { expect, test } from 'vitest'
import { eventually } from '../../../../test/eventually.ts'
import { createAudioPlane } from '../../../src/bridge/plane/create-audio-plane.ts'
import { forkWorker, type WorkerProcess } from '../../../src/bridge/plane/worker-process.ts'
import type { ClosedTurn, DeviceMessage } from '../../../src/bridge/session/ports.ts'
import { createSessions } from '../../../src/bridge/session/sessions.ts'
import { createTestSpeaker } from '../plane/plane-fixture.ts'
import { tone } from '../scripted-engines.ts'
import { createScriptedDialogue, kitchen, type Published, sayAll, secret } from './sessions-fixture.ts'

/** The control side of a cloud over an audio plane of real processes and a real socket. */
const startControl = async () => {
  const workers: WorkerProcess[] = []
  const published: Published[] = []
  const closed: ClosedTurn[] = []
  let onMessage: (message: DeviceMessage) => void = () => {}
  const plane = createAudioPlane({
    clock: systemClock,
    log: silentLog,
    workers: 1,
    bindHost: '127.0.0.1',
    publicHost: () => '127.0.0.1',
    basePort: 0,
    speechAddress: '127.0.0.1:1',
    startWorker: () => {
      const module = new URL('../plane/main-scripted-worker.ts', import.meta.url)
      const worker = forkWorker({ module, execArgv: ['--import', 'tsx'] })
      workers.push(worker)
      return worker
    },
  })
  const sessions = createSessions({
    clock: systemClock,
    log: silentLog,
    plane,
    dialogue: createScriptedDialogue(() => sayAll(['It is nine.'])).dialogue,
    channel: {
      publish: (deviceId, kind, message) => void published.push({ deviceId, kind, message } as unknown as Published),
      onMessage: (listener) => {
        onMessage = listener
        return () => {}
      },
    },
    devices: { find: () => kitchen },
    recorder: { open: () => true, close: (turn) => void closed.push(turn) },
    oneTimeAudio: {
      offer: () => Promise.resolve('/audio/token'),
      offerSpoken: () => Promise.resolve({ url: '/audio/token', firstAudioMs: 40 }),
    },
    maxSessions: 10,
    limits: { accountMs: 200 },
  })
  const controller = new AbortController()
  const running = [plane.run(controller.signal), sessions.run(controller.signal)]
  await plane.ready(AbortSignal.timeout(20_000))
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const stop = async () => {
    controller.abort()
    await Promise.all(running)
    await new Promise<void>((resolve) => socket.close(() => resolve()))
  }
  const wake = (sessionId: string) =>
    onMessage({
      deviceId: 'kitchen',
      kind: 'wake',
      message: {
        v: 1,
        session_id: sessionId,
        trigger: 'wake_word',
        audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
        pre_roll_ms: 1_500,
      },
    })
  const kindsOf = (sessionId: string) =>
    published.flatMap(({ kind, message }) =>
      'session_id' in message && message.session_id === sessionId
        ? [kind === 'session' ? `session ${message.phase}` : kind]
        : [],
    )
  const say = (speaker: ReturnType<typeof createTestSpeaker>) => {
    const { port } = plane.addressFor('kitchen')
    for (const datagram of speaker.sealAudio(tone(600, 600, 16_000))) socket.send(datagram, port, '127.0.0.1')
    socket.send(speaker.sealEnd(), port, '127.0.0.1')
  }
  return { plane, workers, published, closed, kindsOf, wake, say, stop }
}

test('kill -9 of the audio worker in mid-turn fails that turn openly and once; the next one works', async () => {
  const cloud = await startControl()
  try {
    const first = createTestSpeaker({ clock: systemClock, secret })
    cloud.wake(first.sessionId)
    await eventually(() => cloud.kindsOf(first.sessionId).includes('wake/ack'), 'the wake is acknowledged')
    cloud.say(first)
    await eventually(() => cloud.kindsOf(first.sessionId).includes('session speaking'), 'the session speaks')
    process.kill(cloud.workers[0]?.pid ?? 0, 'SIGKILL')
    await eventually(() => cloud.closed.length === 1, 'the turn ends')
    expect(cloud.closed).toMatchObject([{ outcome: 'failed', error: { stage: 'audio', code: 'plane_crashed' } }])
    expect(cloud.kindsOf(first.sessionId).slice(-2)).toEqual(['play', 'session ended'])
    expect(cloud.published.findLast(({ kind }) => kind === 'play')?.message).toMatchObject({
      source: { type: 'phrase', phrase: 'failed' },
    })

    await eventually(() => cloud.workers.length === 2, 'there is a new worker')
    await cloud.plane.counters()
    for (let tries = 0; tries < 500 && Object.keys(await cloud.plane.counters()).length === 0; tries++) {
      await systemClock.sleep(10)
    }
    const second = createTestSpeaker({ clock: systemClock, secret })
    cloud.wake(second.sessionId)
    await eventually(() => cloud.kindsOf(second.sessionId).includes('wake/ack'), 'the wake is acknowledged')
    cloud.say(second)
    await eventually(() => cloud.kindsOf(second.sessionId).includes('session speaking'), 'the session speaks')
    expect(cloud.kindsOf(first.sessionId).filter((kind) => kind === 'session ended')).toHaveLength(1)
  } finally {
    await cloud.stop()
  }
})

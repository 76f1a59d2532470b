import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import type { AudioEvent } from '../../../src/bridge/audio-plane.ts'
import type { FromWorker, ToWorker } from '../../../src/bridge/plane/worker-messages.ts'
import { createWorkerSlot } from '../../../src/bridge/plane/worker-slot.ts'
import { createTestSpeaker } from './plane-fixture.ts'

/** A slot over workers in memory that answer as told; the first `unstartable` cannot be had. */
const createBench = ({ unstartable = 0 } = {}) => {
  let refused = 0
  const clock = createManualClock()
  const events: AudioEvent[] = []
  const workers: {
    readonly sent: ToWorker[]
    readonly die: () => void
    readonly tell: (message: FromWorker) => void
    hangs: boolean
  }[] = []
  const slot = createWorkerSlot({
    clock,
    log: silentLog,
    random: () => 0.5,
    config: { bindHost: '127.0.0.1', port: 0, speechAddress: '127.0.0.1:1' },
    onEvent: (event) => events.push(event),
    onTunnelSend: () => {},
    startWorker: () => {
      if (refused++ < unstartable) throw new Error('spawn ENOMEM')
      let post: (message: FromWorker) => void = () => {}
      let exit: (why: string) => void = () => {}
      const tell = (message: FromWorker) => post(message)
      const worker = { sent: [] as ToWorker[], die: () => exit('killed'), tell, hangs: false }
      const answer = (message: ToWorker) => {
        if (worker.hangs) return
        if (message.type === 'start') post({ type: 'listening', port: message.config.port || 4_000 })
        if (message.type === 'open') post({ type: 'opened', requestId: message.requestId })
        if (message.type === 'counters') {
          post({ type: 'counters', requestId: message.requestId, counters: { streams_open: 0 } })
        }
        if (message.type === 'stop') exit('stopped')
      }
      workers.push(worker)
      return {
        pid: undefined,
        send: (message) => {
          worker.sent.push(message)
          clock.startTimer(0, () => answer(message))
        },
        onMessage: (listener) => {
          post = listener
        },
        onExit: (listener) => {
          exit = listener
        },
        kill: () => exit('killed'),
      }
    },
  })
  return { clock, slot, workers, events }
}

test('a worker that dies fails each of its sessions once, and its successor takes the same port', async () => {
  const { clock, slot, workers, events } = createBench()
  slot.start()
  await clock.advance(1)
  const opened = [createTestSpeaker({ clock }), createTestSpeaker({ clock })].map(({ stream }) => slot.open(stream))
  await clock.advance(1)
  await Promise.all(opened)
  workers[0]?.die()
  await clock.advance(100)
  expect(events.map(({ type }) => type)).toEqual(['failed', 'failed'])
  expect(workers[1]?.sent[0]).toMatchObject({ type: 'start', config: { port: 4_000 } })
})

test('a worker that dies again and again is started again ever more slowly', async () => {
  const { clock, slot, workers } = createBench()
  slot.start()
  for (let times = 0; times < 6; times++) {
    workers.at(-1)?.die()
    await clock.advance(0)
  }
  const atOnce = workers.length
  await clock.advance(60_000)
  expect(atOnce).toBeLessThan(4)
  expect(workers.length).toBeGreaterThan(atOnce - 1)
})

test('a worker with many streams is overloaded from when it says so until it says that it keeps up', async () => {
  const { clock, slot, workers } = createBench()
  slot.start()
  await clock.advance(1)
  const says = (isOverloaded: boolean) => workers.at(-1)?.tell({ type: 'overload', isOverloaded, lagMs: 200 })
  const openMore = async (streams: number) => {
    const opened = Array.from({ length: streams }, () => slot.open(createTestSpeaker({ clock }).stream))
    await clock.advance(1)
    await Promise.all(opened)
  }
  await openMore(8)
  says(true)
  // With so few it is something else that takes the time.
  expect(slot.isOverloaded()).toBe(false)
  await openMore(1)
  expect(slot.isOverloaded()).toBe(true)
  says(false)
  expect(slot.isOverloaded()).toBe(false)
  says(true)
  workers[0]?.die()
  await clock.advance(100)
  await openMore(9)
  expect(workers).toHaveLength(2)
  expect(slot.isOverloaded()).toBe(false)
})

test('a worker that hangs is ended and replaced', async () => {
  const { clock, slot, workers, events } = createBench()
  slot.start()
  await clock.advance(1)
  const opened = slot.open(createTestSpeaker({ clock }).stream)
  await clock.advance(1)
  await opened
  await clock.advance(30_000)
  expect(workers).toHaveLength(1)
  const [worker] = workers
  if (worker) worker.hangs = true
  await clock.advance(12_000)
  expect(workers).toHaveLength(2)
  expect(events).toMatchObject([{ type: 'failed', code: 'plane_crashed' }])
  await Promise.all([slot.stop(), clock.advance(1_100)])
  expect(clock.pendingTimers()).toBe(0)
})

test('an open that gets no answer is refused, not waited for', async () => {
  const { clock, slot, workers } = createBench()
  slot.start()
  await clock.advance(1)
  const [worker] = workers
  if (worker) worker.hangs = true
  const opened = expect(slot.open(createTestSpeaker({ clock }).stream)).rejects.toMatchObject({ code: 'plane_crashed' })
  await clock.advance(2_100)
  await opened
})

test('a worker for which there is no memory just now is tried again', async () => {
  const { clock, slot, workers } = createBench({ unstartable: 2 })
  slot.start()
  await clock.advance(1_000)
  await slot.ready
  expect(workers).toHaveLength(1)
})

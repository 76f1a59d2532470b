import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock, type ManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createAudioPlane } from '../../../src/bridge/plane/create-audio-plane.ts'
import type { FromWorker, ToWorker } from '../../../src/bridge/plane/worker-messages.ts'
import type { WorkerProcess } from '../../../src/bridge/plane/worker-process.ts'
import { createTestSpeaker } from './plane-fixture.ts'

/** A worker in memory that takes every stream. */
const workerIn = (clock: ManualClock) => {
  let post: (message: FromWorker) => void = () => {}
  let exit: (why: string) => void = () => {}
  const answer = (message: ToWorker) => {
    if (message.type === 'start') post({ type: 'listening', port: 4_000 })
    if (message.type === 'open') post({ type: 'opened', requestId: message.requestId })
    if (message.type === 'counters')
      post({ type: 'counters', requestId: message.requestId, counters: { streams_open: 0 } })
    if (message.type === 'stop') exit('stopped')
  }
  const worker: WorkerProcess = {
    pid: undefined,
    send: (message) => void clock.startTimer(0, () => answer(message)),
    onMessage: (listener) => {
      post = listener
    },
    onExit: (listener) => {
      exit = listener
    },
    kill: () => exit('killed'),
  }
  return { worker, tell: (message: FromWorker) => post(message) }
}

test('conversations on all workers together are limited, by what their turns felt', async () => {
  const clock = createManualClock()
  const workers: ReturnType<typeof workerIn>[] = []
  const plane = createAudioPlane({
    clock,
    log: silentLog,
    workers: 2,
    bindHost: '127.0.0.1',
    publicHost: () => '127.0.0.1',
    basePort: 0,
    speechAddress: '127.0.0.1:1',
    startWorker: () => {
      const started = workerIn(clock)
      workers.push(started)
      return started.worker
    },
  })
  const stop = new AbortController()
  const running = plane.run(stop.signal)
  await clock.advance(1)
  const limit = async () => {
    const counted = plane.counters()
    await clock.advance(1)
    return (await counted).conversations_limit ?? 0
  }
  const first = await limit()
  const sessions = Array.from({ length: first }, () => createTestSpeaker({ clock }).stream)
  const opened = sessions.map((stream) => plane.open(stream))
  await clock.advance(1)
  await Promise.all(opened)
  expect(['kitchen', 'bedroom', 'attic'].map(plane.isOverloaded)).toEqual([true, true, true])

  // One that has ended makes room for another, once those before it have begun.
  await clock.advance(200)
  const [ended] = sessions
  const counts = { received: 0, lost: 0, recovered: 0, late: 0, duplicate: 0 }
  workers[0]?.tell({ type: 'event', event: { type: 'closed', sessionId: ended?.sessionId ?? '', ...counts } })
  expect(plane.isOverloaded('kitchen')).toBe(false)

  for (const { sessionId } of sessions.slice(1)) {
    const final = { type: 'final', sessionId, text: '', outOfGrammar: false, waitedMs: 900, computeMs: 50 } as const
    const begun = { type: 'sentence_started', sessionId, sentenceId: 0, atMs: 0, ttsFirstAudioMs: 300 } as const
    workers[1]?.tell({ type: 'event', event: final })
    workers[1]?.tell({ type: 'event', event: begun })
  }
  await clock.advance(600)
  expect(await limit()).toBeLessThan(first)
  stop.abort()
  await clock.advance(5_000)
  await running
})

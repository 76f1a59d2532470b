import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, expect, test } from 'vitest'
import { createTurnAdmission } from '../../../src/bridge/plane/turn-admission.ts'
import type { CpuTimes } from '../../../src/supervise/cpu-wait.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const createBench = () => {
  const clock = createManualClock()
  let underWay = 0
  let turns = 0
  let times: CpuTimes = { ranNs: 0, waitedNs: 0 }
  const admission = createTurnAdmission({
    clock,
    log: silentLog,
    underWay: () => underWay,
    cpuTimes: () => new Map([[1, times]]),
  })
  const stop = new AbortController()
  const running = admission.run(stop.signal)
  ends.push(async () => {
    stop.abort()
    await running
  })
  /** Six replies a look begin, whose recogniser and voice are late by half of `delayMs` each. */
  const reply = (delayMs: number) => {
    for (let count = 0; count < 6; count++) {
      const sessionId = `turn ${turns++}`
      const final = { type: 'final', sessionId, text: '', outOfGrammar: false, computeMs: 50 } as const
      admission.noteEvent({ ...final, waitedMs: 50 + delayMs / 2 })
      const begun = { type: 'sentence_started', sessionId, atMs: 0, ttsFirstAudioMs: delayMs / 2 } as const
      admission.noteEvent({ ...begun, sentenceId: 0 })
      // What comes after the first sentence has waited for the one before.
      admission.noteEvent({ ...begun, sentenceId: 1, ttsFirstAudioMs: 60_000 })
    }
  }
  return {
    admission,
    isFullWith: (count: number) => {
      underWay = count
      return admission.isFull()
    },
    pass: async (seconds: number, of: { delayMs: number; waits?: boolean }) => {
      for (let look = 0; look < 2 * seconds; look++) {
        underWay = Math.min(admission.limit(), 400)
        reply(of.delayMs)
        times = { ranNs: times.ranNs + 200e6, waitedNs: times.waitedNs + (of.waits ? 300e6 : 0) }
        await clock.advance(500)
      }
    },
  }
}

test('more conversations are taken while replies begin in time', async () => {
  const { isFullWith, pass } = createBench()
  expect([23, 24].map(isFullWith)).toEqual([false, true])
  await pass(10, { delayMs: 30 })
  expect(isFullWith(200)).toBe(false)
})

test('fewer are taken when the replies of half of them are late, and more again when they are not', async () => {
  const { admission, isFullWith, pass } = createBench()
  await pass(5, { delayMs: 30 })
  const before = admission.limit()
  await pass(10, { delayMs: 600 })
  const atLast = admission.limit()
  expect(atLast).toBeLessThan(before / 2)
  expect(isFullWith(8)).toBe(atLast === 8)
  expect(isFullWith(7)).toBe(false)
  await pass(10, { delayMs: 30 })
  expect(admission.limit()).toBeGreaterThan(atLast)
})

test('beyond half of the limit they begin one after the other, not all at once', () => {
  const { admission, isFullWith } = createBench()
  const begin = (count: number) => {
    const isFull = isFullWith(count)
    if (!isFull) admission.noteBegun()
    return isFull
  }
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(begin)).toEqual(Array.from({ length: 12 }, () => false))
  expect(begin(12)).toBe(true)
})

test('while a worker waits for the CPU longer than it has it, more are taken only slowly', async () => {
  const [waiting, running] = [createBench(), createBench()]
  await waiting.pass(3, { delayMs: 30, waits: true })
  await running.pass(3, { delayMs: 30 })
  expect(waiting.admission.limit()).toBeGreaterThan(24)
  expect(waiting.admission.limit()).toBeLessThan(0.75 * running.admission.limit())
})

import { systemClock } from '@mynah/shared/time/clock.ts'
import { expect, test } from 'vitest'
import { cpuTimesOf, isStarved } from '../../src/supervise/cpu-wait.ts'

const ms = (ran: number, waited: number) => ({ ranNs: ran * 1e6, waitedNs: waited * 1e6 })

test('a process is starved when it waits for the CPU longer than it has it, and wants it at all', () => {
  const before = ms(5_000, 3_000)
  const after = (ran: number, waited: number) => isStarved(before, ms(5_000 + ran, 3_000 + waited))
  expect([after(200, 300), after(300, 200), after(10, 40), after(0, 0)]).toEqual([true, false, false, false])
})

test.skipIf(process.platform !== 'linux')(
  'the system tells how long this process ran, and nothing of one that is gone',
  () => {
    const before = cpuTimesOf(process.pid)
    const untilMs = systemClock.now() + 30
    while (systemClock.now() < untilMs);
    const after = cpuTimesOf(process.pid)
    if (!before || !after) throw new Error('no schedstat')
    expect(after.ranNs).toBeGreaterThan(before.ranNs)
    expect(after.waitedNs).toBeGreaterThanOrEqual(before.waitedNs)
    expect(cpuTimesOf(2 ** 30)).toBeUndefined()
  },
)

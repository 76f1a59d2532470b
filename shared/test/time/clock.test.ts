import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/time/clock.ts'
import { createManualClock } from '../../src/time/manual-clock.ts'

/** Every clock keeps these promises; `pass` lets that much time go by. */
const clocks: readonly {
  readonly name: string
  readonly make: () => { clock: Clock; pass: (ms: number) => Promise<void> }
}[] = [
  {
    name: 'the manual clock',
    make: () => {
      const clock = createManualClock()
      return { clock, pass: clock.advance }
    },
  },
  { name: 'the system clock', make: () => ({ clock: systemClock, pass: (ms) => systemClock.sleep(ms) }) },
]

describe.each(clocks)('$name', ({ make }) => {
  it('never goes back, and moves by the time that passed', async () => {
    const { clock, pass } = make()
    const before = clock.now()
    const wallBefore = clock.wallTime().getTime()
    await pass(20)
    expect(clock.now() - before).toBeGreaterThanOrEqual(18)
    expect(clock.wallTime().getTime() - wallBefore).toBeGreaterThanOrEqual(18)
  })

  it('fires a timer once, in the order of the due times, and not when cancelled', async () => {
    const { clock, pass } = make()
    const fired: string[] = []
    clock.startTimer(20, () => fired.push('late'))
    clock.startTimer(1, () => fired.push('early'))
    clock.startTimer(5, () => fired.push('cancelled')).cancel()
    await pass(40)
    expect(fired).toEqual(['early', 'late'])
  })

  it('ends a sleep at once, without an error, when its signal aborts, and leaves no listener', async () => {
    const { clock, pass } = make()
    const turn = new AbortController()
    const before = clock.now()
    const asleep = clock.sleep(60_000, turn.signal)
    turn.abort()
    await asleep
    expect(clock.now() - before).toBeLessThan(1_000)
    await clock.sleep(60_000, turn.signal)
    const other = new AbortController()
    const short = clock.sleep(1, other.signal)
    await pass(5)
    await short
    expect(getEventListeners(other.signal, 'abort')).toEqual([])
  })
})

describe('the manual clock', () => {
  it('runs a chain of waits within one advance, each at its time', async () => {
    const clock = createManualClock()
    const times: number[] = []
    const chain = (async () => {
      for (let i = 0; i < 5; i++) {
        await clock.sleep(100)
        times.push(clock.now())
      }
    })()
    await clock.advance(450)
    expect(times).toEqual([100, 200, 300, 400])
    await clock.advance(50)
    await chain
    expect(times.at(-1)).toBe(500)
  })

  it('fires timers of the same time in the order they were started', async () => {
    const clock = createManualClock()
    const fired: number[] = []
    for (const n of [1, 2, 3]) clock.startTimer(10, () => fired.push(n))
    await clock.advance(10)
    expect(fired).toEqual([1, 2, 3])
  })

  it('tells how many timers wait, so that a leak shows', async () => {
    const clock = createManualClock()
    const turn = new AbortController()
    const asleep = clock.sleep(1_000, turn.signal)
    expect(clock.pendingTimers()).toBe(1)
    turn.abort()
    await asleep
    expect(clock.pendingTimers()).toBe(0)
  })

  it('starts at the date it is given', () => {
    const startAt = createManualClock().wallTime()
    expect(createManualClock(startAt).wallTime()).toEqual(startAt)
  })
})

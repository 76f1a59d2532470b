import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { createStatusReporter } from '../../src/link/status.ts'

describe('the status', () => {
  it('goes out every 30 s and once for several changes at a time', async () => {
    const clock = createManualClock()
    const atMs: number[] = []
    const status = createStatusReporter({
      clock,
      read: () => ({ online: true }),
      publish: () => atMs.push(clock.now()),
    })
    const stop = new AbortController()
    const running = status.run(stop.signal)
    await clock.advance(60_000)
    expect(atMs).toEqual([30_000, 60_000])
    for (let i = 0; i < 5; i++) status.changed()
    await clock.advance(1_000)
    expect(atMs).toEqual([30_000, 60_000, 60_200])
    stop.abort()
    await running
    status.changed()
    await clock.advance(60_000)
    expect(atMs).toHaveLength(3)
    expect(clock.pendingTimers()).toBe(0)
  })
})

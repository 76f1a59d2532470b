import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { withTimeLimit } from '../../src/streams/time-limit.ts'
import { untilAborted } from '../../src/streams/until-aborted.ts'
import { createManualClock } from '../../src/time/manual-clock.ts'

const waitForAbort = (signal: AbortSignal) => untilAborted(signal).then(() => 'aborted')

describe('a time limit', () => {
  it('aborts the work when the time is over, and not before', async () => {
    const clock = createManualClock()
    const { signal } = new AbortController()
    let ended: string | undefined
    const limited = withTimeLimit({ clock, limitMs: 1_000 }, waitForAbort, signal).then((how) => {
      ended = how
    })
    await clock.advance(999)
    expect(ended).toBeUndefined()
    await clock.advance(1)
    await limited
    expect(ended).toBe('aborted')
  })

  it('aborts the work with its parent, also with one that was aborted before', async () => {
    const clock = createManualClock()
    const parent = new AbortController()
    const limited = withTimeLimit({ clock, limitMs: 1_000 }, waitForAbort, parent.signal)
    parent.abort()
    expect(await limited).toBe('aborted')
    expect(await withTimeLimit({ clock, limitMs: 1_000 }, waitForAbort, parent.signal)).toBe('aborted')
  })

  it('settles as the work does, and leaves no timer and no listener', async () => {
    const clock = createManualClock()
    const { signal } = new AbortController()
    expect(await withTimeLimit({ clock, limitMs: 1_000 }, async () => 7, signal)).toBe(7)
    const failing = withTimeLimit(
      { clock, limitMs: 1_000 },
      () => Promise.reject(new Error('no route to host')),
      signal,
    )
    await expect(failing).rejects.toThrow('no route to host')
    expect(clock.pendingTimers()).toBe(0)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

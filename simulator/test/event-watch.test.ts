import type { SpeakerEvent } from '@mynah/device/runtime/speaker-event.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createEventWatch } from '../src/event-watch.ts'

const volumeChange = (volume: number): SpeakerEvent => ({ type: 'volume_changed', volume, atMs: 0 })
const volumeOf = (event: SpeakerEvent) => (event.type === 'volume_changed' ? event.volume : undefined)
const never = new AbortController().signal

test('what has happened since a mark is found at once, what was before is not', async () => {
  const watch = createEventWatch({ clock: createManualClock() })
  watch.observe(volumeChange(1))
  const since = watch.mark()
  watch.observe(volumeChange(2))
  expect(await watch.expect({ what: 'volume', pick: volumeOf, since, timeoutMs: 10 }, never)).toBe(2)
})

test('what will happen is waited for, and missing it is told by name', async () => {
  const clock = createManualClock()
  const watch = createEventWatch({ clock })
  const coming = watch.expect({ what: 'volume', pick: volumeOf, timeoutMs: 1_000 }, never)
  watch.observe(volumeChange(3))
  expect(await coming).toBe(3)
  const missing = watch.expect({ what: 'louder volume', pick: volumeOf, timeoutMs: 500 }, never).catch((error) => error)
  await clock.advance(500)
  expect(String(await missing)).toBe('ExpectationError: No louder volume within 500 ms')
  expect(clock.pendingTimers()).toBe(0)
})

test('an abort ends the wait at once', async () => {
  const watch = createEventWatch({ clock: createManualClock() })
  const ending = new AbortController()
  const waiting = watch
    .expect({ what: 'volume', pick: volumeOf, timeoutMs: 1_000 }, ending.signal)
    .catch((error) => error)
  ending.abort()
  expect(String(await waiting)).toContain('Stopped while waiting for volume')
})

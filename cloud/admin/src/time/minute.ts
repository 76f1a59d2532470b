import { signal } from '@preact/signals'
import { browserClock } from './browser-clock.ts'

/** The wall time in epoch ms, renewed every 15 s: what "5 minutes ago" counts from. */
export const wallTimeMs = signal(browserClock.wallTime().getTime())

const renew = () => {
  wallTimeMs.value = browserClock.wallTime().getTime()
  browserClock.startTimer(15_000, renew)
}
renew()

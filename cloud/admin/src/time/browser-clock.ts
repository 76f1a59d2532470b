import { type Clock, sleepOn } from '@mynah/shared/time/clock.ts'

const startTimer: Clock['startTimer'] = (delayMs, callback) => {
  const handle = setTimeout(callback, delayMs)
  return { cancel: () => clearTimeout(handle) }
}

/** The browser's time: the only place of the panel that asks for it. */
export const browserClock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date(),
  sleep: sleepOn(startTimer),
  startTimer,
}

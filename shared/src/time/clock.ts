/**
 * The only source of time. Everything that waits or measures takes a `Clock`, so that tests run a virtual hour in milliseconds.
 * `now` is monotonic and says nothing about the date; `wallTime` is for records and for people.
 */
export type Clock = {
  /** Monotonic milliseconds, with fractions. Comparable between processes of one machine for `systemClock`. */
  readonly now: () => number
  readonly wallTime: () => Date
  /** Resolves after `delayMs`, or at once (without an error) when `signal` aborts: check `signal.aborted` afterwards. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>
  /** Calls `callback` once after `delayMs` unless cancelled. */
  readonly startTimer: (delayMs: number, callback: () => void) => Timer
}

export type Timer = { readonly cancel: () => void }

/** Waits by a timer of `startTimer`; shared by every implementation of `Clock`. */
export const sleepOn =
  (startTimer: Clock['startTimer']): Clock['sleep'] =>
  (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve()
        return
      }
      const wake = () => {
        timer.cancel()
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const timer = startTimer(delayMs, wake)
      signal?.addEventListener('abort', wake, { once: true })
    })

const startTimer: Clock['startTimer'] = (delayMs, callback) => {
  const handle = setTimeout(callback, delayMs)
  return { cancel: () => clearTimeout(handle) }
}

/** Node's own monotonic clock, absent in a browser: this module must compile and run without Node's types. */
const { process: node } = globalThis as { process?: { hrtime?: { bigint?: () => bigint } } }
const bootedNs = node?.hrtime?.bigint?.()

/**
 * Makes two processes of one machine agree to a fraction of a millisecond: both count from the start of the machine. Not from
 * `performance.timeOrigin`, which is wall time: whoever starts after the clock was set would disagree by as much. Constant.
 */
const originMs = bootedNs === undefined ? performance.timeOrigin : Number(bootedNs) / 1e6 - performance.now()

export const systemClock: Clock = {
  now: () => originMs + performance.now(),
  wallTime: () => new Date(),
  sleep: sleepOn(startTimer),
  startTimer,
}

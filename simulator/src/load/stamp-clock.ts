import { koffi } from '@mynah/shared/native/native-library.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

/** Time stamps of the system, which are of its wall clock, as times of `Clock.now`. */
export type StampClock = {
  /** Looks where the two stand: the wall clock may be set. */
  readonly align: () => void
  readonly toMs: (stampNs: bigint) => number
}

/** `CLOCK_REALTIME` of Linux. */
const realTime = 0
const nsPerSecond = 1_000_000_000n
/** Between the two readings of one clock around that of the other; more, and this process was interrupted meanwhile. */
const mostApartMs = 0.05
const tries = 10

export const createStampClock = (clock: Pick<Clock, 'now'>): StampClock => {
  const getTime = koffi.load(null).func('int clock_gettime(int clock, void *time)')
  const time = new BigInt64Array(2)
  let baseNs = 0n
  let baseMs = 0
  let isAligned = false

  const tryOnce = (): boolean => {
    const beforeMs = clock.now()
    getTime(realTime, time)
    const afterMs = clock.now()
    if (isAligned && afterMs - beforeMs > mostApartMs) return false
    baseNs = (time[0] ?? 0n) * nsPerSecond + (time[1] ?? 0n)
    baseMs = (beforeMs + afterMs) / 2
    isAligned = true
    return afterMs - beforeMs <= mostApartMs
  }
  for (let again = 0; again < tries && !tryOnce(); again++);
  return {
    align: () => void tryOnce(),
    toMs: (stampNs) => baseMs + Number(stampNs - baseNs) / 1e6,
  }
}

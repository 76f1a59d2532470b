import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { createHistogram, type Histogram } from './histogram.ts'

const everyMs = 20

/** How late a timer of this process is: a generator that is late itself must not blame the cloud. */
export const watchLoopLag = (clock: Clock): { readonly lag: Histogram; readonly stop: () => void } => {
  const lag = createHistogram()
  let timer: Timer | undefined
  const beat = () => {
    const dueMs = clock.now() + everyMs
    timer = clock.startTimer(everyMs, () => {
      lag.add(Math.max(0, clock.now() - dueMs))
      beat()
    })
  }
  beat()
  return { lag, stop: () => timer?.cancel() }
}

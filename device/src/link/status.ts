import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'

export type Status = Omit<FromDeviceMessage<'status'>, 'v'>

export type StatusDeps = {
  readonly clock: Clock
  /** What the speaker is right now. */
  readonly read: () => Status
  readonly publish: (status: Status) => void
}

export type StatusReporter = {
  /** Something that the status shows is different; several changes within 200 ms become one message. */
  readonly changed: () => void
  /** Publishes every 30 s until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const everyMs = 30_000
const debounceMs = 200

export const createStatusReporter = ({ clock, read, publish }: StatusDeps): StatusReporter => {
  let soon: Timer | undefined
  let stopped = false
  const publishNow = () => {
    soon?.cancel()
    soon = undefined
    publish(read())
  }
  return {
    changed: () => {
      if (!stopped) soon ??= clock.startTimer(debounceMs, publishNow)
    },
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(everyMs, signal)
        if (!signal.aborted) publishNow()
      }
      stopped = true
      soon?.cancel()
    },
  }
}

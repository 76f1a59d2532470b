import type { Log } from '@mynah/shared/log/log.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Loudspeaker } from '../audio/ports.ts'

export type KeepPlayingDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly loudspeaker: Loudspeaker
  readonly render: () => Int16Array
  readonly onFailed?: (error: unknown) => void
  /** It has taken sound for a while. */
  readonly onWorks?: () => void
}

const steadyMs = 5_000
/** About every ten minutes. */
const reportEveryth = 60
/** A loudspeaker that is not there fails within this time. */
const worksAfterMs = 1_000

/** Plays what the mixer renders until `signal` aborts; a loudspeaker that fails is opened again with back-off. */
export const keepPlaying = async (deps: KeepPlayingDeps, signal: AbortSignal): Promise<void> => {
  const { clock, log } = deps
  for (let attempt = 0; !signal.aborted; attempt++) {
    const openedAtMs = clock.now()
    const works = clock.startTimer(worksAfterMs, () => deps.onWorks?.())
    try {
      await deps.loudspeaker.play(deps.render, signal)
    } catch (error) {
      if (clock.now() - openedAtMs > steadyMs) attempt = 0
      // One that is away for a month does not fill the log.
      if (attempt % reportEveryth === 0) log.error('the loudspeaker failed', { error, attempt })
      deps.onFailed?.(error)
    } finally {
      works.cancel()
    }
    if (signal.aborted) return
    await clock.sleep(200 + backoffDelayMs({ attempt, baseMs: 500, maxMs: 10_000, random: deps.random }), signal)
  }
}

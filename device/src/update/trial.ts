import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Slots, Trial } from './slots.ts'

/** What a new release has to show. */
export type Health = {
  /** Sound came from the microphone and went to the loudspeaker. */
  readonly audio: boolean
  readonly wakeWord: boolean
  readonly cloud: boolean
}

export type TrialDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly slots: Slots
  readonly health: () => Health
  /** `trialMs` unless told. */
  readonly limitMs?: number
  /** `rolled_back`: the program has to end, so that the launcher starts the release before. */
  readonly onEnd: (outcome: 'confirmed' | 'rolled_back', trial: Trial) => void
}

/** A Pi needs half a minute to start, a Wi-Fi another; who is not well after three is not well. */
export const trialMs = 180_000
const lookMs = 1_000
const confirmAgainMs = 60_000

/** Pure. The cloud counts only where it was reached before: an update must not be taken back because a router is off. */
export const isHealthy = ({ audio, wakeWord, cloud }: Health, trial: Trial): boolean =>
  audio && wakeWord && (cloud || trial.cloud === 'away')

/** A disk that refuses to remember it is no fault of the release: it goes on, and is asked again. */
const confirmed = async ({ clock, log, slots }: TrialDeps, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      return await slots.confirm()
    } catch (error) {
      log.error('that the release has proved itself cannot be stored', { error })
      await clock.sleep(confirmAgainMs, signal)
    }
  }
}

/** Watches a release on trial until it proved itself, or takes it back without a network. Does nothing when there is no trial. */
export const runTrial = async (deps: TrialDeps, signal: AbortSignal): Promise<void> => {
  const { clock, log, slots } = deps
  const trial = await slots.trial()
  if (!trial) return
  const untilMs = clock.now() + (deps.limitMs ?? trialMs)
  log.info('a new release is on trial', { release: trial.releaseId, tries: trial.tries })
  while (!signal.aborted && clock.now() < untilMs) {
    if (isHealthy(deps.health(), trial)) {
      await confirmed(deps, signal)
      if (signal.aborted) return
      log.info('the new release has proved itself', { release: trial.releaseId })
      return deps.onEnd('confirmed', trial)
    }
    await clock.sleep(lookMs, signal)
  }
  if (signal.aborted) return
  log.error('the new release did not prove itself and is taken back', { release: trial.releaseId, ...deps.health() })
  await slots.rollBack(trial)
  deps.onEnd('rolled_back', trial)
}

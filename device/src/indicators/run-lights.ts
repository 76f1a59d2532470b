import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { SpeakerEvent } from '../runtime/speaker-event.ts'
import { isStill, lightFrame } from './light-frame.ts'
import { initialLights, type Pattern, patternOf, stepLights } from './light-state.ts'
import type { Lights } from './ports.ts'

export type RunLightsDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly lights: Lights
  readonly events: (listener: (event: SpeakerEvent) => void) => () => void
}

const frameMs = 50
/** A still pattern is looked at this often: errors end by themselves. */
const stillMs = 250

/** Shows what the speaker does until `signal` aborts, then goes dark. Lights that fail are given up, and that is said once. */
export const runLights = async (deps: RunLightsDeps, signal: AbortSignal): Promise<void> => {
  const { clock, lights } = deps
  let state = initialLights
  let woken = new AbortController()
  let shown: { readonly pattern: Pattern; readonly sinceMs: number } | undefined
  const forget = deps.events((event) => {
    state = stepLights(state, event)
    woken.abort()
  })
  const stop = () => woken.abort()
  signal.addEventListener('abort', stop, { once: true })
  const look = () => {
    const nowMs = clock.now()
    const pattern = patternOf(state, nowMs)
    const changed = shown?.pattern !== pattern
    if (changed) shown = { pattern, sinceMs: nowMs }
    if (changed || !isStill(pattern)) lights.show(lightFrame(pattern, nowMs - (shown?.sinceMs ?? nowMs), lights.leds))
    return isStill(pattern) ? stillMs : frameMs
  }
  try {
    while (!signal.aborted) {
      woken = new AbortController()
      await clock.sleep(look(), woken.signal)
    }
    lights.show(lightFrame('off', 0, lights.leds))
  } catch (error) {
    deps.log.warn('the lights do not work and stay dark', { error })
  } finally {
    forget()
    signal.removeEventListener('abort', stop)
    lights.close()
  }
}

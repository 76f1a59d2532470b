import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { OwnedSpeaker } from '../runtime/owned-speaker.ts'
import type { createMuteSwitch } from './mute-switch.ts'
import { type KeyLines, openPiKeys, openPiLights } from './raspberry-pi.ts'
import { runKeys } from './run-keys.ts'
import { runLights } from './run-lights.ts'

export type IndicatorsDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly speaker: Pick<OwnedSpeaker, 'events' | 'owned' | 'pressButton'>
  /** How many APA102 lights hang on the SPI; 0 for none. */
  readonly leds: number
  readonly keys: KeyLines
  readonly muteSwitch: Pick<ReturnType<typeof createMuteSwitch>, 'set'>
}

const showLights = async (deps: IndicatorsDeps, signal: AbortSignal) => {
  if (deps.leds === 0) return
  const lights = await openPiLights(deps.leds)
  if (lights.ok) return runLights({ ...deps, lights: lights.value, events: deps.speaker.events }, signal)
  deps.log.info('there are no lights', { why: lights.error.message })
}

const readKeys = async (deps: IndicatorsDeps, signal: AbortSignal) => {
  if (Object.keys(deps.keys).length === 0) return
  const keys = await openPiKeys(deps.keys)
  if (!keys.ok) return deps.log.info('there are no buttons', { why: keys.error.message })
  const { speaker } = deps
  const onMuteButton = () => {
    const owned = speaker.owned()
    owned?.setMuted(!owned.muted())
  }
  const told = { onButton: speaker.pressButton, onMuteButton, onMuteSwitch: deps.muteSwitch.set }
  await runKeys({ ...deps, keys: keys.value, ...told }, signal)
}

/** Lights and buttons of a Raspberry Pi until `signal` aborts. What is configured and not there is said once; the speaker works without. */
export const runIndicators = async (deps: IndicatorsDeps, signal: AbortSignal): Promise<void> => {
  await Promise.all([showLights(deps, signal), readKeys(deps, signal)])
}

import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type KeyState, released, stepKey } from './key-steps.ts'
import type { KeyName, Keys } from './ports.ts'

export type RunKeysDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly keys: Keys
  /** Stops what rings; else starts or stops a turn. */
  readonly onButton: () => void
  readonly onMuteButton: () => void
  /** Also told once at the start. */
  readonly onMuteSwitch: (on: boolean) => void
}

const readEveryMs = 20

/** Reads buttons and switch until `signal` aborts. Lines that fail are given up, and that is said once. */
export const runKeys = async (deps: RunKeysDeps, signal: AbortSignal): Promise<void> => {
  const { clock, keys } = deps
  const states = new Map<KeyName, KeyState>()
  const take = (name: KeyName, reading: boolean) => {
    const before = states.get(name)
    // A position is known at once; a button that is held down at the start was not pressed.
    if (!before) {
      states.set(name, { on: reading, candidate: reading, candidateSinceMs: clock.now() })
      if (name === 'mute_switch') deps.onMuteSwitch(reading)
      return
    }
    const [state, change] = stepKey(before ?? released, reading, clock.now())
    states.set(name, state)
    if (!change) return
    if (name === 'mute_switch') deps.onMuteSwitch(change === 'pressed')
    else if (change === 'pressed') (name === 'button' ? deps.onButton : deps.onMuteButton)()
  }
  try {
    while (!signal.aborted) {
      const { button, mute_button: muteButton, mute_switch: muteSwitch } = keys.read()
      if (muteSwitch !== undefined) take('mute_switch', muteSwitch)
      if (button !== undefined) take('button', button)
      if (muteButton !== undefined) take('mute_button', muteButton)
      await clock.sleep(readEveryMs, signal)
    }
  } catch (error) {
    deps.log.warn('the buttons do not work', { error })
  } finally {
    keys.close()
  }
}

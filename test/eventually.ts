import { systemClock } from '@mynah/shared/time/clock.ts'
import { patienceMs } from './patience.ts'

/** Waits until `condition` holds; fails the test, with what did not happen, when patience ends. */
export const eventually = async (
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs: number = patienceMs,
): Promise<void> => {
  const deadlineMs = systemClock.now() + withinMs
  while (!(await condition())) {
    if (systemClock.now() > deadlineMs) throw new Error(`did not happen: ${what}`)
    await systemClock.sleep(5)
  }
}

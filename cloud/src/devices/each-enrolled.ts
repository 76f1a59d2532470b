import type { Clock } from '@mynah/shared/time/clock.ts'
import type { DeviceStore } from '../store/device-store.ts'

const atOnce = 100

/**
 * Every enrolled speaker, one after the other, until `signal` aborts. The first are done when this returns; ten thousand take half a
 * second, and others have a turn between the slices. Rejects with what `act` throws.
 */
export const eachEnrolled = async (
  { clock, devices }: { readonly clock: Pick<Clock, 'sleep'>; readonly devices: Pick<DeviceStore, 'enrolledIds'> },
  act: (deviceId: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  for (let after = ''; !signal.aborted; ) {
    const ids = devices.enrolledIds({ after, limit: atOnce })
    for (const deviceId of ids) act(deviceId)
    const last = ids.at(-1)
    if (last === undefined || ids.length < atOnce) return
    after = last
    await clock.sleep(0, signal)
  }
}

import type { Clock } from '@mynah/shared/time/clock.ts'
import type { SeenStatus } from '../store/status-store.ts'
import type { AlertKeeper } from './alert-keeper.ts'
import type { Speakers } from './speakers.ts'

export type StillAwayDeps = {
  readonly clock: Pick<Clock, 'sleep'>
  /** As they were when the cloud stopped. */
  readonly statuses: readonly SeenStatus[]
  readonly speakers: Pick<Speakers, 'find'>
  readonly keeper: Pick<AlertKeeper, 'begin'>
}

/** Speakers come back within half a minute of a restart; a house with a slow router takes longer. */
const patienceMs = 120_000

/** Whoever was connected when the cloud stopped and does not come back after its start is offline: nobody sees it go. */
export const noticeStillAway = async (deps: StillAwayDeps, signal: AbortSignal): Promise<void> => {
  const { clock, statuses, speakers, keeper } = deps
  const expected = statuses.flatMap(({ deviceId, status }) => (status.online ? [deviceId] : []))
  await clock.sleep(patienceMs, signal)
  if (signal.aborted) return
  for (const deviceId of expected) {
    const speaker = speakers.find(deviceId)
    if (!speaker || speaker.view.online) continue
    const { homeId } = speaker
    keeper.begin({ homeId, kind: 'offline', subject: deviceId, deviceId, severity: 'warning', detail: {} })
  }
}

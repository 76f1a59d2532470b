import type { ScheduledView } from '@mynah/shared/api/devices.ts'
import type { ScheduleItem } from '@mynah/shared/wire/topics.ts'
import { newRecordId } from '../../store/secret-token.ts'
import { type Actions, done, refused } from '../action.ts'
import type { DevicesDeps } from './devices-deps.ts'

type Names = 'listSchedules' | 'getSchedule' | 'setScheduleItem' | 'cancelScheduleItem'

/** ISO instants of one form order as text. */
const soonestFirst = (a: ScheduledView, b: ScheduledView) =>
  Number(a.fires_at > b.fires_at) - Number(a.fires_at < b.fires_at)

/** Timers, alarms, reminders: the speaker owns and fires them; here they are shown and changes are asked for. */
export const scheduleActions = ({ speakers, steering, store, scheduleOf }: DevicesDeps): Actions<Names> => {
  const itemsOf = (deviceId: string): ScheduledView[] =>
    scheduleOf(deviceId).map((item) => ({ device_id: deviceId, ...item }))
  const offline = refused('device_offline', 'This speaker is not connected; it keeps its timers and alarms itself.')
  const isOnline = (deviceId: string) => speakers.find(deviceId)?.view.online === true
  const audit = (actor: string, deviceId: string, detail: Readonly<Record<string, string>>) =>
    store.audit.add({ actor, action: 'schedule_changed', target: deviceId, detail })

  return {
    listSchedules: ({ homeIds }) => done({ items: speakers.idsIn(homeIds).flatMap(itemsOf).sort(soonestFirst) }),
    getSchedule: ({ params }) => done({ items: itemsOf(params.device_id).sort(soonestFirst) }),
    setScheduleItem: async ({ params, body, principal, signal }) => {
      const { device_id: deviceId, item_id: itemId } = params
      if (!isOnline(deviceId)) return offline
      const item: ScheduleItem = {
        item_id: itemId,
        kind: body.kind,
        fires_at: body.fires_at,
        ...(body.duration_ms !== undefined && { duration_ms: body.duration_ms }),
        ...(body.label !== undefined && { label: body.label }),
      }
      audit(principal.actor, deviceId, { set: body.kind, item: itemId })
      const change = { action: 'set', change_id: newRecordId(), item } as const
      const { state } = await steering.changeSchedule({ deviceId, change }, signal)
      return done({ state, item_id: itemId })
    },
    cancelScheduleItem: async ({ params, principal, signal }) => {
      const { device_id: deviceId, item_id: itemId } = params
      if (!isOnline(deviceId)) return offline
      audit(principal.actor, deviceId, { cancel: itemId })
      const change = { action: 'cancel', change_id: newRecordId(), item_id: itemId } as const
      const { state } = await steering.changeSchedule({ deviceId, change }, signal)
      return done({ state, item_id: itemId })
    },
  }
}

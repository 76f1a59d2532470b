import type { CheckedRequestOf } from '@mynah/shared/api/contract.ts'
import { type ScheduledView, soonestFirst } from '@mynah/shared/api/schedules.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { nextWeeklyTime } from '@mynah/shared/time/weekly-time.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import { newRecordId } from '../../store/secret-token.ts'
import { type Actions, done, refused } from '../action.ts'
import type { DevicesDeps } from './devices-deps.ts'

type ScheduleBody = CheckedRequestOf<'setScheduleItem'>['body']
type Names = 'listSchedules' | 'getSchedule' | 'setScheduleItem' | 'cancelScheduleItem'

/** The item as the speaker is to hold it; what repeats has its next time from that alone. */
const itemOf = (itemId: string, body: ScheduleBody, nowMs: number): Result<ScheduleItem, string> => {
  const { kind, repeat, duration_ms, label } = body
  if (repeat && kind === 'timer') return refuse('repeat: a timer does not repeat')
  const nextMs = repeat && nextWeeklyTime(repeat, nowMs)
  const fires_at = nextMs === undefined ? body.fires_at : instant(nextMs).toISOString()
  if (fires_at === undefined) return refuse('fires_at: needed where nothing repeats')
  return ok({
    item_id: itemId,
    kind,
    fires_at,
    ...(duration_ms !== undefined && { duration_ms }),
    ...(label !== undefined && { label }),
    ...(repeat && { repeat }),
  })
}

/** Timers, alarms, reminders: the speaker owns and fires them; here they are shown and changes are asked for. */
export const scheduleActions = ({ clock, speakers, steering, store, scheduleOf }: DevicesDeps): Actions<Names> => {
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
      const wanted = itemOf(itemId, body, clock.wallTime().getTime())
      if (!wanted.ok) return refused('bad_request', wanted.error)
      if (!isOnline(deviceId)) return offline
      audit(principal.actor, deviceId, { set: body.kind, item: itemId })
      const change = { action: 'set', change_id: newRecordId(), item: wanted.value } as const
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

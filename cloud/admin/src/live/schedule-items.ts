import type { LiveEvent } from '@mynah/shared/api/live.ts'
import { type ScheduledView, soonestFirst } from '@mynah/shared/api/schedules.ts'

/** The same list with one item changed, or with one more. */
export const withItem = (items: readonly ScheduledView[], item: ScheduledView): ScheduledView[] => {
  const others = items.filter(({ device_id: id, item_id }) => id !== item.device_id || item_id !== item.item_id)
  return [...others, item].sort(soonestFirst)
}

/** What a list of timers and alarms is after an event; the very same list when the event is about something else. */
export const scheduleAfter = (
  items: ScheduledView[],
  event: LiveEvent,
  isShown: (deviceId: string) => boolean,
): ScheduledView[] => {
  if (event.type !== 'schedule_update' && event.type !== 'device_removed') return items
  if (!isShown(event.device_id)) return items
  const others = items.filter(({ device_id: id }) => id !== event.device_id)
  const added = event.type === 'schedule_update' ? event.items : []
  return [...others, ...added.map((item) => ({ device_id: event.device_id, ...item }))].sort(soonestFirst)
}

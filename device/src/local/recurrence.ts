import { instant } from '@mynah/shared/time/instant.ts'
import { nextWeeklyTime } from '@mynah/shared/time/weekly-time.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'

/** The item as it waits for its next time after `afterMs` (epoch ms); undefined when it has none. */
export const repeated = (item: ScheduleItem, afterMs: number): ScheduleItem | undefined => {
  const nextMs = item.repeat && nextWeeklyTime(item.repeat, afterMs)
  return nextMs === undefined ? undefined : { ...item, fires_at: instant(nextMs).toISOString() }
}

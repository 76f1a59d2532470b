import type { ScheduledView } from '@mynah/shared/api/schedules.ts'
import type { Dictionary } from '../../i18n/en/en.ts'
import { listOf, weekdayName } from '../../i18n/format.ts'
import { browserTimeZone } from '../../time/browser-time-zone.ts'
import { weekdaysInOrder } from './when.ts'

const workdays = '1 2 3 4 5'
const weekend = '6 0'

const daysText = (t: Dictionary, weekdays: readonly number[]): string => {
  const ordered = weekdaysInOrder.filter((day) => weekdays.includes(day))
  if (ordered.length === weekdaysInOrder.length) return t.home.alarms.everyDay
  switch (ordered.join(' ')) {
    case workdays:
      return t.home.alarms.workdays
    case weekend:
      return t.home.alarms.weekend
    default:
      return listOf(ordered.map((day) => weekdayName(day)))
  }
}

/** `Monday to Friday, 06:45`; with its zone where that is not the one of this browser. */
export const repeatText = (t: Dictionary, { weekdays, at, time_zone }: NonNullable<ScheduledView['repeat']>): string =>
  `${daysText(t, weekdays)} ${at}${time_zone === browserTimeZone() ? '' : ` (${time_zone})`}`

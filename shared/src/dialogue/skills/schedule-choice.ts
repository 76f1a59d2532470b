import { instant } from '../../time/instant.ts'
import { civilTimeAt, dateOfDayNumber, dayNumberOf, weekdayOf } from '../../time/zoned-time.ts'
import type { ScheduleItem } from '../../wire/schedule-item.ts'
import { dayIn, durationIn, numberIn, type Slots, textIn, timeIn } from '../grammar/slot-value.ts'
import { hoursOf, isNightAfter } from './moment.ts'
import type { SkillContext } from './skill.ts'

/** Names are compared without articles and plural endings: "the egg timer" is the one called "eggs". */
const plain = (label: string): string =>
  label
    .toLowerCase()
    .replace(/^(the|my|a|an) /, '')
    .replace(/s$/, '')

const hasLabel = (item: ScheduleItem, slots: Slots): boolean => {
  const label = textIn(slots, 'label') ?? textIn(slots, 'task')
  return label === undefined || plain(item.label ?? '') === plain(label)
}

const hasDuration = (item: ScheduleItem, slots: Slots): boolean => {
  const durationMs = durationIn(slots, 'duration')
  return durationMs === undefined || item.duration_ms === durationMs
}

const hasTime = (item: ScheduleItem, { slots, speaker, nowMs }: SkillContext): boolean => {
  const [time, day] = [timeIn(slots, 'time'), dayIn(slots, 'day')]
  const fires = civilTimeAt(instant(item.fires_at).getTime(), speaker.timeZone)
  const daysBefore = isNightAfter(time, day, fires.hour) ? 1 : 0
  const date = dateOfDayNumber(dayNumberOf(fires) - daysBefore)
  const inDays = dayNumberOf(date) - dayNumberOf(civilTimeAt(nowMs, speaker.timeZone))
  if (day?.inDays !== undefined && day.inDays !== inDays) return false
  if (day?.weekday !== undefined && !(item.repeat?.weekdays ?? [weekdayOf(date)]).includes(day.weekday)) return false
  if (!time) return true
  return hoursOf(time, day?.part).includes(fires.hour) && fires.minute === time.minute
}

/** Those of the items, soonest first, that name, length, time and place in the list point at; none of these given: all. */
export const choiceOfItem = (items: readonly ScheduleItem[], context: SkillContext): readonly ScheduleItem[] => {
  const { slots } = context
  const fitting = items.filter((item) => hasLabel(item, slots) && hasDuration(item, slots) && hasTime(item, context))
  const place = numberIn(slots, 'ordinal')
  if (place === undefined) return fitting
  const chosen = place < 0 ? fitting.at(place) : fitting[place - 1]
  return chosen ? [chosen] : []
}

import { civilTimeAt } from '../../time/zoned-time.ts'
import type { Understood } from '../grammar/grammar.ts'
import { choiceIn, durationIn, type Slots, type TimeOfDay, timeIn } from '../grammar/slot-value.ts'
import { timeInCity } from './clock.ts'
import { choiceOfItem } from './schedule-choice.ts'
import { cancelThis, firesAtMs, timeLeft, upcoming } from './schedule-items.ts'
import { alarmRepeating, alarmSet, longestTimerMs, reminderSet, setItem, timerSet, tooLong } from './schedule-set.ts'
import type { Skill, SkillContext, SkillReply, Topic } from './skill.ts'

/** How long after a reply "no, ten minutes" and "and in Tokyo" mean what it was about. */
export const topicMs = 120_000

type ItemTopic = Topic & { type: 'item' }

const skillOf = ({ item, slots }: ItemTopic): Skill => {
  if (item.kind === 'timer') return timerSet
  if (item.kind === 'reminder') return reminderSet
  return slots.days_of_week ? alarmRepeating : alarmSet
}

/** What was said first, with what was said instead: a length takes the place of a time, and a time that of a length. */
const corrected = ({ item, slots: before }: ItemTopic, now: Slots): Slots => {
  const { duration: _duration, time: _time, ...kept } = before
  const text = item.label === undefined ? undefined : ({ type: 'text', text: item.label } as const)
  const name = text && (item.kind === 'reminder' ? { task: text } : { label: text })
  return { ...kept, ...name, ...now }
}

/** Of the two hours that a bare "eight" can be the one that is nearer to the hour it takes the place of: "seven in the morning; no, eight". */
const onSameHalf = (time: TimeOfDay, oldHour: number): TimeOfDay => {
  const apart = (hour: number) => Math.min(Math.abs(hour - oldHour), 24 - Math.abs(hour - oldHour))
  const [hour] = [time.hour % 12, (time.hour % 12) + 12].sort((a, b) => apart(a) - apart(b))
  return { ...time, hour: hour ?? time.hour, exact: true }
}

const withoutDoubt = (slots: Slots, { item }: ItemTopic, { speaker }: SkillContext): Slots => {
  const time = timeIn(slots, 'time')
  if (!time || time.exact || slots.day) return slots
  return { ...slots, time: onSameHalf(time, civilTimeAt(firesAtMs(item), speaker.timeZone).hour) }
}

/** The item as it should have been, in the place of the one that was set. */
const change = (context: SkillContext, topic: ItemTopic): SkillReply | undefined => {
  const { slots } = context
  const fits = topic.item.kind === 'timer' ? durationIn(slots, 'duration') !== undefined : timeIn(slots, 'time')
  const isSooner = topic.item.kind === 'reminder' && durationIn(slots, 'duration') !== undefined
  if (!fits && !isSooner) return undefined
  const reply = skillOf(topic)({ ...context, slots: corrected(topic, withoutDoubt(slots, topic, context)) })
  if (!reply.actions) return reply
  return { ...reply, actions: [...(cancelThis(topic.item, context).actions ?? []), ...reply.actions] }
}

/** The timer that was just set, or the only one that runs, gets more time; under its own id, so that it stays the same timer. */
const addTime = (context: SkillContext): SkillReply | undefined => {
  const { about, nowMs } = context
  const addedMs = durationIn(context.slots, 'duration')
  const running = upcoming(context, 'timer')
  const { label: named } = context.slots
  const item = named
    ? choiceOfItem(running, { ...context, slots: { label: named } })[0]
    : about?.type === 'item' && about.item.kind === 'timer' && firesAtMs(about.item) > nowMs
      ? about.item
      : running.length === 1
        ? running[0]
        : undefined
  if (!item || addedMs === undefined) return undefined
  const atMs = firesAtMs(item) + addedMs
  const durationMs = (item.duration_ms ?? firesAtMs(item) - nowMs) + addedMs
  if (durationMs > longestTimerMs) return tooLong(context)
  const { item_id: itemId, kind, label } = item
  const set = setItem(context, { itemId, kind, firesAtMs: atMs, durationMs, label })
  return { ...timeLeft(set.about.item, context), ...set }
}

/** The reply to what means something only after what was said before; undefined when it is something else. */
export const followUp = ({ intent, slots }: Understood, given: SkillContext): SkillReply | undefined => {
  const context = { ...given, slots }
  const { about } = context
  if (intent === 'answer_more') return addTime(context)
  if (about?.type === 'city_time' && intent === 'answer_city' && choiceIn(slots, 'city')) return timeInCity(context)
  if (about?.type !== 'item') return undefined
  if (intent === 'answer_change') return change(context, about)
  return intent === 'cancel' && firesAtMs(about.item) > context.nowMs ? cancelThis(about.item, context) : undefined
}

import { instant } from '../../time/instant.ts'
import { nextWeeklyTime } from '../../time/weekly-time.ts'
import type { ScheduleItem } from '../../wire/schedule-item.ts'
import type { Language } from '../../wire/topics.ts'
import {
  type DayReference,
  type DaysOfWeek,
  dayIn,
  daysOfWeekIn,
  durationIn,
  type Slots,
  type TimeOfDay,
  textIn,
  timeIn,
} from '../grammar/slot-value.ts'
import { hourOfEachDay, nextMoment } from './moment.ts'
import { inLanguage, type Skill, type SkillContext, type SkillReply, say, schedule, type Topic } from './skill.ts'
import { spokenClock, spokenDuration, spokenMoment, spokenRecurrence } from './spoken-time.ts'

/** A timer longer than a day would not fit the wire's duration, and is better an alarm. */
export const longestTimerMs = 86_400_000
const mostItems = 100
const furthestReminderMs = 366 * 86_400_000

type NewItem = Pick<ScheduleItem, 'kind'> & {
  /** Of the one that it takes the place of; a new one when absent. */
  readonly itemId?: string
  readonly firesAtMs: number
  readonly durationMs?: number
  readonly label?: string | undefined
  readonly repeat?: ScheduleItem['repeat']
}

const longestLabel = 200

/** The action that puts one item on the speaker's own schedule. */
export const setItem = (
  context: SkillContext,
  { itemId, kind, firesAtMs, durationMs, label, repeat }: NewItem,
): Required<Pick<SkillReply, 'actions'>> & { readonly about: Topic & { type: 'item' } } => {
  const item: ScheduleItem = {
    item_id: itemId ?? context.newId(),
    kind,
    fires_at: instant(firesAtMs).toISOString(),
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    ...(label ? { label: label.slice(0, longestLabel) } : {}),
    ...(repeat ? { repeat } : {}),
  }
  return {
    actions: [schedule({ action: 'set', change_id: context.newId(), item })],
    about: { type: 'item', item, slots: context.slots },
  }
}

const full = ({ speaker, language }: SkillContext): SkillReply | undefined =>
  speaker.schedule.length < mostItems
    ? undefined
    : say(
        inLanguage(
          language,
          'There are too many timers and alarms already. Cancel some first.',
          '计时器和闹钟太多了，请先取消一些。',
        ),
      )

export const tooLong = ({ language }: SkillContext): SkillReply =>
  say(
    inLanguage(
      language,
      'A timer can run for one day at most. For longer, ask me for a reminder or an alarm.',
      '计时器最长一天。更久的话，请设提醒或者闹钟。',
    ),
  )

const badDuration = ({ language }: SkillContext): SkillReply =>
  say(inLanguage(language, 'A timer needs at least one second.', '计时器至少要一秒。'))

export const timerSet: Skill = (context) => {
  const { slots, language, nowMs } = context
  const durationMs = durationIn(slots, 'duration')
  if (durationMs === undefined) return timerSetOpen(context)
  if (durationMs < 1_000) return badDuration(context)
  if (durationMs > longestTimerMs) return tooLong(context)
  const label = textIn(slots, 'label')
  const duration = spokenDuration(durationMs, language)
  const english = label ? `Your ${label} timer is set for ${duration}.` : `Timer set for ${duration}.`
  const chinese = `${label ?? ''}计时器已设好，${duration}。`
  return (
    full(context) ?? {
      ...say(inLanguage(language, english, chinese)),
      ...setItem(context, { kind: 'timer', firesAtMs: nowMs + durationMs, durationMs, label }),
    }
  )
}

export const timerSetOpen: Skill = ({ slots, language }) => {
  const label = textIn(slots, 'label')
  return {
    ...say(inLanguage(language, 'For how long?', '多长时间？')),
    pending: { type: 'timer_duration', ...(label ? { label } : {}) },
  }
}

const momentOf = (context: SkillContext, time: TimeOfDay, day: DayReference | undefined): number | undefined =>
  nextMoment({ time, nowMs: context.nowMs, timeZone: context.speaker.timeZone, ...(day ? { day } : {}) })

export const alreadyPast = ({ language }: SkillContext): SkillReply =>
  say(inLanguage(language, 'That time has already passed.', '这个时间已经过了。'))

const spokenMomentOf = ({ nowMs, speaker, language }: SkillContext, epochMs: number): string =>
  spokenMoment(epochMs, nowMs, speaker.timeZone, language)

export const alarmSet: Skill = (context) => {
  const { slots, language } = context
  const time = timeIn(slots, 'time')
  if (!time) return alarmSetOpen(context)
  const firesAtMs = momentOf(context, time, dayIn(slots, 'day'))
  if (firesAtMs === undefined) return alreadyPast(context)
  const moment = spokenMomentOf(context, firesAtMs)
  return (
    full(context) ?? {
      ...say(inLanguage(language, `Alarm set for ${moment}.`, `闹钟已设好，${moment}。`)),
      ...setItem(context, { kind: 'alarm', firesAtMs }),
    }
  )
}

/** What was said of the day, for when the time follows. */
const knownDay = ({ day, days_of_week }: Slots): Slots => ({
  ...(day ? { day } : {}),
  ...(days_of_week ? { days_of_week } : {}),
})

export const alarmSetOpen: Skill = ({ slots, language }) => ({
  ...say(inLanguage(language, 'For what time?', '几点？')),
  pending: { type: 'alarm_time', known: knownDay(slots) },
})

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** The time on each of the days, when it is next, and how that is said. */
const weekly = ({ language, nowMs, speaker }: SkillContext, time: TimeOfDay, days: DaysOfWeek) => {
  const { minute } = time
  const hour = hourOfEachDay(time, days.part)
  const repeat = {
    weekdays: [...days.weekdays],
    at: `${twoDigits(hour)}:${twoDigits(minute)}`,
    time_zone: speaker.timeZone,
  }
  const clock = spokenClock({ hour, minute }, language)
  const recurrence = spokenRecurrence(days.weekdays, language)
  const spoken = inLanguage(language, `${clock} ${recurrence}`, `${recurrence}${clock}`)
  return { repeat, firesAtMs: nextWeeklyTime(repeat, nowMs), spoken }
}

export const alarmRepeating: Skill = (context) => {
  const { slots, language } = context
  const time = timeIn(slots, 'time')
  const days = daysOfWeekIn(slots, 'days_of_week')
  if (!time || !days) return alarmSetOpen(context)
  const { repeat, firesAtMs, spoken } = weekly(context, time, days)
  if (firesAtMs === undefined) return alreadyPast(context)
  return (
    full(context) ?? {
      ...say(inLanguage(language, `Alarm set for ${spoken}.`, `闹钟已设好，${spoken}。`)),
      ...setItem(context, { kind: 'alarm', firesAtMs, repeat }),
    }
  )
}

const spokenTask = (task: string, language: Language): string =>
  task === '' ? '' : inLanguage(language, ` to ${englishTask(task)}`, task)

const englishTask = (task: string): string =>
  task
    .replace(/\bmy\b/g, 'your')
    .replace(/\bmyself\b/g, 'yourself')
    .replace(/\bme\b/g, 'you')

const tooFar = ({ language }: SkillContext): SkillReply =>
  say(inLanguage(language, 'I can only remind you within a year.', '我只能提醒一年以内的事。'))

/** Sets the reminder, or asks for what is missing of it. */
export const reminderAt = (context: SkillContext, firesAtMs: number, task: string | undefined): SkillReply => {
  const { language } = context
  if (firesAtMs - context.nowMs > furthestReminderMs) return tooFar(context)
  if (task === undefined) {
    return {
      ...say(inLanguage(language, 'What shall I remind you of?', '提醒你做什么？')),
      pending: { type: 'reminder_task', firesAtMs },
    }
  }
  const moment = spokenMomentOf(context, firesAtMs)
  const what = spokenTask(task, language)
  const soon = firesAtMs - context.nowMs < 3_600_000
  const left = spokenDuration(firesAtMs - context.nowMs, language)
  const english = soon ? `I'll remind you in ${left}${what}.` : `I'll remind you${what}, ${moment}.`
  const chinese = soon ? `好的，${left}后提醒你${what}。` : `好的，${moment}提醒你${what}。`
  return (
    full(context) ?? {
      ...say(inLanguage(language, english, chinese)),
      ...setItem(context, { kind: 'reminder', firesAtMs, label: task }),
    }
  )
}

const reminderRepeating = (context: SkillContext, time: TimeOfDay, days: DaysOfWeek): SkillReply => {
  const { slots, language } = context
  const task = textIn(slots, 'task') ?? ''
  const { repeat, firesAtMs, spoken } = weekly(context, time, days)
  if (firesAtMs === undefined) return alreadyPast(context)
  const what = spokenTask(task, language)
  return (
    full(context) ?? {
      ...say(inLanguage(language, `I'll remind you${what}, ${spoken}.`, `好的，${spoken}提醒你${what}。`)),
      ...setItem(context, { kind: 'reminder', firesAtMs, label: task, repeat }),
    }
  )
}

export const reminderSet: Skill = (context) => {
  const { slots, nowMs } = context
  const task = textIn(slots, 'task') ?? ''
  const durationMs = durationIn(slots, 'duration')
  if (durationMs !== undefined)
    return durationMs < 1_000 ? badDuration(context) : reminderAt(context, nowMs + durationMs, task)
  const time = timeIn(slots, 'time')
  if (!time) return reminderSetOpen(context)
  const days = daysOfWeekIn(slots, 'days_of_week')
  if (days) return reminderRepeating(context, time, days)
  const firesAtMs = momentOf(context, time, dayIn(slots, 'day'))
  return firesAtMs === undefined ? alreadyPast(context) : reminderAt(context, firesAtMs, task)
}

export const reminderSetOpen: Skill = ({ slots, language }) => {
  const task = textIn(slots, 'task')
  const known = knownDay(slots)
  const question =
    Object.keys(known).length > 0
      ? inLanguage(language, 'At what time?', '几点？')
      : inLanguage(language, 'When?', '什么时候？')
  return {
    ...say(question),
    pending: { type: 'reminder_time', known, ...(task === undefined ? {} : { task }) },
  }
}

import type { Understood } from '../grammar/grammar.ts'
import { dayIn, daysOfWeekIn, durationIn, type Slots, timeIn } from '../grammar/slot-value.ts'
import { nextMoment } from './moment.ts'
import { cancelAll, cancelOne } from './schedule-items.ts'
import { alarmRepeating, alarmSet, alreadyPast, reminderAt, reminderSet, timerSet } from './schedule-set.ts'
import { inLanguage, type PendingQuestion, type SkillContext, type SkillReply, say } from './skill.ts'

export type PendingAnswer = {
  readonly question: PendingQuestion
  /** What the grammar made of the answer; undefined for free words. */
  readonly understood: Understood | undefined
  /** The answer as said. */
  readonly text: string
}

const answers = new Set([
  'answer_duration',
  'answer_time',
  'answer_label',
  'answer_ordinal',
  'answer_all',
  'answer_no',
  'cancel',
  'stop',
])

const withSlots = (context: SkillContext, slots: Slots): SkillContext => ({ ...context, slots })

const whenOf = (context: SkillContext, slots: Slots): number | undefined => {
  const durationMs = durationIn(slots, 'duration')
  if (durationMs !== undefined) return context.nowMs + durationMs
  const [time, day] = [timeIn(slots, 'time'), dayIn(slots, 'day')]
  if (!time) return undefined
  return nextMoment({ time, nowMs: context.nowMs, timeZone: context.speaker.timeZone, ...(day ? { day } : {}) })
}

const answerWhich = (
  question: PendingQuestion & { type: 'cancel_which' },
  answer: PendingAnswer,
  context: SkillContext,
): SkillReply => {
  const { understood, text } = answer
  if (understood?.intent === 'answer_all') return cancelAll(question.kind)(context)
  const slots: Slots = understood?.slots ?? { label: { type: 'text', text } }
  return cancelOne(question.kind)(withSlots(context, slots))
}

/** A question about a time, when the answer is none, is asked once more by its own words. */
const answerTimer = (
  question: PendingQuestion & { type: 'timer_duration' },
  slots: Slots,
  context: SkillContext,
): SkillReply | undefined => {
  if (durationIn(slots, 'duration') === undefined) return undefined
  const label = question.label === undefined ? {} : { label: { type: 'text', text: question.label } as const }
  return timerSet(withSlots(context, { ...label, ...slots }))
}

const answerAlarmTime = (
  question: PendingQuestion & { type: 'alarm_time' },
  slots: Slots,
  context: SkillContext,
): SkillReply | undefined => {
  if (!timeIn(slots, 'time')) return undefined
  const whole = withSlots(context, { ...question.known, ...slots })
  return daysOfWeekIn(whole.slots, 'days_of_week') ? alarmRepeating(whole) : alarmSet(whole)
}

const answerReminderTime = (
  question: PendingQuestion & { type: 'reminder_time' },
  slots: Slots,
  context: SkillContext,
): SkillReply | undefined => {
  const { known, task } = question
  const whole = withSlots(context, { ...known, ...slots })
  if (timeIn(slots, 'time') && daysOfWeekIn(known, 'days_of_week') && task !== undefined)
    return reminderSet(withSlots(context, { ...whole.slots, task: { type: 'text', text: task } }))
  if (!timeIn(slots, 'time') && durationIn(slots, 'duration') === undefined) return undefined
  const firesAtMs = whenOf(context, whole.slots)
  return firesAtMs === undefined ? alreadyPast(context) : reminderAt(context, firesAtMs, task)
}

const completed = (answer: PendingAnswer, context: SkillContext): SkillReply | undefined => {
  const { question, understood, text } = answer
  const slots = understood?.slots ?? {}
  switch (question.type) {
    case 'timer_duration':
      return answerTimer(question, slots, context)
    case 'alarm_time':
      return answerAlarmTime(question, slots, context)
    case 'reminder_time':
      return answerReminderTime(question, slots, context)
    case 'reminder_task':
      return understood ? undefined : reminderAt(context, question.firesAtMs, text)
    case 'cancel_which':
      return answerWhich(question, answer, context)
  }
}

/**
 * The reply when the words answer the open question; undefined when they are something else, which then is treated as any
 * other request (the question is dropped).
 */
export const answerPending = (answer: PendingAnswer, context: SkillContext): SkillReply | undefined => {
  const { understood, text } = answer
  if (text === '') return undefined
  if (understood && !answers.has(understood.intent)) return undefined
  if (understood?.intent === 'answer_no' || understood?.intent === 'cancel' || understood?.intent === 'stop')
    return say(inLanguage(context.language, 'Okay, never mind.', '好的，不用了。'))
  return completed(answer, context)
}

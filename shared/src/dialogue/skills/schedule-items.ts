import { instant } from '../../time/instant.ts'
import { civilTimeAt } from '../../time/zoned-time.ts'
import type { ScheduleItem } from '../../wire/schedule-item.ts'
import type { Language } from '../../wire/topics.ts'
import { englishNumber } from '../grammar/numbers.en.ts'
import { chineseCount } from '../grammar/numbers.zh.ts'
import { choiceOfItem } from './schedule-choice.ts'
import { inLanguage, type Skill, type SkillContext, type SkillReply, say, schedule } from './skill.ts'
import { spokenClock, spokenLength, spokenMoment, spokenRecurrence, spokenRemainder } from './spoken-time.ts'

type Kind = ScheduleItem['kind']

const names: Readonly<Record<Kind, { readonly en: string; readonly zh: string }>> = {
  timer: { en: 'timer', zh: '计时器' },
  alarm: { en: 'alarm', zh: '闹钟' },
  reminder: { en: 'reminder', zh: '提醒' },
}

export const firesAtMs = (item: ScheduleItem): number => instant(item.fires_at).getTime()

/** What is still to come of one kind, soonest first. */
export const upcoming = ({ speaker, nowMs }: SkillContext, kind: Kind): readonly ScheduleItem[] =>
  speaker.schedule
    .filter((item) => item.kind === kind && firesAtMs(item) > nowMs)
    .toSorted((one, other) => firesAtMs(one) - firesAtMs(other))

/** When it fires: "six o'clock in the evening today"; of one that comes again the days and not the next time. */
const momentOf = (item: ScheduleItem, { language, nowMs, speaker }: SkillContext): string => {
  if (!item.repeat) return spokenMoment(firesAtMs(item), nowMs, speaker.timeZone, language)
  const clock = spokenClock(civilTimeAt(firesAtMs(item), item.repeat.time_zone), language)
  const recurrence = spokenRecurrence(item.repeat.weekdays, language)
  return inLanguage(language, `${clock} ${recurrence}`, `${recurrence}${clock}`)
}

/** "the pasta timer", 七点的闹钟: the item as one would point at it. */
const describe = (item: ScheduleItem, context: SkillContext): string => {
  const { language } = context
  const name = names[item.kind][language]
  if (item.label)
    return inLanguage(
      language,
      item.kind === 'reminder' ? `the reminder to ${item.label}` : `the ${item.label} ${name}`,
      `${item.label}${name}`,
    )
  if (item.kind === 'timer' && item.duration_ms)
    return inLanguage(
      language,
      `the ${spokenLength(item.duration_ms, 'en')} timer`,
      `${spokenLength(item.duration_ms, 'zh')}的计时器`,
    )
  const moment = momentOf(item, context)
  return inLanguage(language, `the ${name} for ${moment}`, `${moment}的${name}`)
}

const joined = (parts: readonly string[], language: Language, word: string): string => {
  if (parts.length < 2) return parts.join('')
  if (language === 'zh') return parts.join('，')
  return `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`
}

const none = (kind: Kind, language: Language): SkillReply =>
  say(inLanguage(language, `You have no ${names[kind].en}s set.`, `没有设好的${names[kind].zh}。`))

const capitalized = (text: string): string => text.replace(/^./u, (first) => first.toUpperCase())

const remaining = (item: ScheduleItem, context: SkillContext): string => {
  const left = spokenRemainder(firesAtMs(item) - context.nowMs, context.language)
  return inLanguage(
    context.language,
    `${describe(item, context)} has ${left} left`,
    `${describe(item, context)}还有${left}`,
  )
}

const most = 5

const listed = (items: readonly ScheduleItem[], context: SkillContext): string => {
  const { language } = context
  const parts = items.slice(0, most).map((item) => {
    if (item.kind === 'timer') return remaining(item, context)
    const moment = momentOf(item, context)
    if (!item.label) return moment
    return inLanguage(
      language,
      `${item.kind === 'reminder' ? 'to ' : ''}${item.label}, ${moment}`,
      `${moment}${item.label}`,
    )
  })
  return joined(parts, language, 'and')
}

const list =
  (kind: Kind): Skill =>
  (context) => {
    const items = upcoming(context, kind)
    const { language } = context
    const [only] = items
    if (!only) return none(kind, language)
    if (items.length === 1 && kind === 'timer') return say(ended(capitalized(remaining(only, context)), language))
    const intro = inLanguage(
      language,
      `You have ${items.length === 1 ? `one ${names[kind].en}` : `${englishNumber(items.length)} ${names[kind].en}s`}:`,
      `有${chineseCount(items.length)}个${names[kind].zh}：`,
    )
    return say(ended(`${intro}${language === 'zh' ? '' : ' '}${listed(items, context)}`, language))
  }

const ended = (text: string, language: Language): string => `${text}${language === 'zh' ? '。' : '.'}`

export const timerList = list('timer')
export const alarmList = list('alarm')
export const reminderList = list('reminder')

export const timerLeft: Skill = (context) => {
  const items = upcoming(context, 'timer')
  if (items.length === 0) return none('timer', context.language)
  const wanted = choiceOfItem(items, context)
  const shown = wanted.length > 0 ? wanted : items
  const [only, second] = shown
  const sentence = shown
    .slice(0, most)
    .map((item) => remaining(item, context))
    .join(context.language === 'zh' ? '，' : ', ')
  return {
    ...say(ended(capitalized(sentence), context.language)),
    ...(only && !second && { about: { type: 'item', item: only, slots: {} } as const }),
  }
}

const cancelThese = (items: readonly ScheduleItem[], context: SkillContext): SkillReply => {
  const text = joined(
    items.map((item) => describe(item, context)),
    context.language,
    'and',
  )
  return {
    ...say(inLanguage(context.language, `I've cancelled ${text}.`, `已取消${text}。`)),
    actions: items.map((item) => schedule({ action: 'cancel', change_id: context.newId(), item_id: item.item_id })),
  }
}

/** This very one. */
export const cancelThis = (item: ScheduleItem, context: SkillContext): SkillReply => cancelThese([item], context)

/** "The pasta timer has nine minutes left." */
export const timeLeft = (item: ScheduleItem, context: SkillContext): SkillReply =>
  say(ended(capitalized(remaining(item, context)), context.language))

const askWhich = (kind: Kind, items: readonly ScheduleItem[], context: SkillContext): SkillReply => {
  const text = joined(
    items.slice(0, most).map((item) => describe(item, context)),
    context.language,
    'or',
  )
  return {
    ...say(inLanguage(context.language, `Which one: ${text}?`, `要取消哪一个：${text}？`)),
    pending: { type: 'cancel_which', kind },
  }
}

/** Cancels what the slots point at; asks when several could be meant, and says so when nothing matches. */
export const cancelOne =
  (kind: Kind): Skill =>
  (context) => {
    const items = upcoming(context, kind)
    const [only] = items
    if (!only) return none(kind, context.language)
    const pointed = Object.keys(context.slots).length > 0
    const wanted = choiceOfItem(items, context)
    if (wanted.length === 1) return cancelThese(wanted, context)
    if (pointed && wanted.length === 0) {
      const others = say(
        inLanguage(context.language, `I don't have such a ${names[kind].en}.`, `没有这个${names[kind].zh}。`),
      )
      return { ...others, sentences: [...others.sentences, ...list(kind)(context).sentences] }
    }
    return items.length === 1
      ? cancelThese([only], context)
      : askWhich(kind, wanted.length > 0 ? wanted : items, context)
  }

export const cancelAll =
  (kind: Kind): Skill =>
  (context) => {
    const items = upcoming(context, kind)
    if (items.length === 0) return none(kind, context.language)
    const name = names[kind]
    return {
      ...say(
        inLanguage(
          context.language,
          items.length === 1
            ? `Your ${name.en} is cancelled.`
            : `${items.length === 2 ? 'Both' : `All ${englishNumber(items.length)}`} ${name.en}s are cancelled.`,
          `${name.zh}已全部取消。`,
        ),
      ),
      actions: [schedule({ action: 'cancel_all', change_id: context.newId(), kind })],
    }
  }

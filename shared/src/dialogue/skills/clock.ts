import { type CivilDate, civilTimeAt, dateOfDayNumber, dayNumberOf } from '../../time/zoned-time.ts'
import type { Language } from '../../wire/topics.ts'
import { cityNamed } from '../grammar/cities.ts'
import { choiceIn, dayIn } from '../grammar/slot-value.ts'
import { inLanguage, type Skill, type SkillContext, say } from './skill.ts'
import { spokenClock, spokenDate, spokenWeekday } from './spoken-time.ts'

export const timeNow: Skill = ({ nowMs, speaker, language }) => {
  const clock = spokenClock(civilTimeAt(nowMs, speaker.timeZone), language)
  return { ...say(inLanguage(language, `It's ${clock}.`, `现在是${clock}。`)), about: { type: 'city_time' } }
}

export const timeInCity: Skill = (context) => {
  const { slots, nowMs, speaker, language } = context
  const city = cityNamed(choiceIn(slots, 'city') ?? '')
  if (!city) return timeNow(context)
  const there = civilTimeAt(nowMs, city.zone)
  const here = civilTimeAt(nowMs, speaker.timeZone)
  const clock = spokenClock(there, language)
  const days = dayNumberOf(there) - dayNumberOf(here)
  const otherDay = days === 0 ? '' : dayBeside(days, language)
  const sentence = inLanguage(
    language,
    `It's ${clock}${otherDay && ` ${otherDay}`} in ${city.en}.`,
    `${city.zh}现在是${otherDay}${clock}。`,
  )
  return { ...say(sentence), about: { type: 'city_time' } }
}

const dayBeside = (days: number, language: Language): string =>
  days > 0 ? inLanguage(language, 'tomorrow', '明天') : inLanguage(language, 'yesterday', '昨天')

const askedDate = ({ slots, nowMs, speaker }: SkillContext): { date: CivilDate; inDays: number } => {
  const inDays = dayIn(slots, 'day')?.inDays ?? 0
  return { date: dateOfDayNumber(dayNumberOf(civilTimeAt(nowMs, speaker.timeZone)) + inDays), inDays }
}

const chineseDays: Readonly<Record<number, string>> = { [-1]: '昨天', 0: '今天', 1: '明天', 2: '后天', 3: '大后天' }

const englishOpening = (inDays: number): string => {
  if (inDays === 0) return "It's"
  if (inDays < 0) return 'Yesterday was'
  return inDays === 1 ? 'Tomorrow is' : 'The day after tomorrow is'
}

const answerDay = (context: SkillContext, describe: (date: CivilDate, language: Language) => string) => {
  const { date, inDays } = askedDate(context)
  const { language } = context
  const text = describe(date, language)
  return say(inLanguage(language, `${englishOpening(inDays)} ${text}.`, `${chineseDays[inDays] ?? '那天'}是${text}。`))
}

export const dateAsk: Skill = (context) => answerDay(context, spokenDate)

/** "What day is it" wants the weekday, and people are glad of the date with it. */
export const weekdayAsk: Skill = (context) =>
  answerDay(context, context.language === 'zh' ? (date) => spokenWeekday(date, 'zh') : spokenDate)

import { type CivilDate, type CivilTime, civilTimeAt, dayNumberOf, weekdayOf } from '../../time/zoned-time.ts'
import type { Language } from '../../wire/topics.ts'
import { englishNumber, englishOrdinal } from '../grammar/numbers.en.ts'
import { chineseCount, chineseNumber } from '../grammar/numbers.zh.ts'

/** Times, days and durations as a voice should say them: words alone, nothing to be read digit by digit. */

const englishPart = (hour: number): string => {
  if (hour < 12) return 'in the morning'
  if (hour < 18) return 'in the afternoon'
  return hour < 21 ? 'in the evening' : 'at night'
}

const englishClock = ({ hour, minute }: Pick<CivilTime, 'hour' | 'minute'>): string => {
  if (minute === 0 && hour === 0) return 'midnight'
  if (minute === 0 && hour === 12) return 'noon'
  const hourWord = englishNumber(hour % 12 === 0 ? 12 : hour % 12)
  const part = englishPart(hour)
  if (minute === 0) return `${hourWord} o'clock ${part}`
  return `${hourWord} ${minute < 10 ? `oh ${englishNumber(minute)}` : englishNumber(minute)} ${part}`
}

const chinesePart = (hour: number): string => {
  if (hour < 5) return '凌晨'
  if (hour < 9) return '早上'
  if (hour < 12) return '上午'
  if (hour < 13) return '中午'
  return hour < 18 ? '下午' : '晚上'
}

const chineseClock = ({ hour, minute }: Pick<CivilTime, 'hour' | 'minute'>): string => {
  const clockHour = hour > 12 ? hour - 12 : hour
  const minutes = minute === 0 ? '' : minute === 30 ? '半' : `${minute < 10 ? '零' : ''}${chineseNumber(minute)}分`
  return `${chinesePart(hour)}${chineseCount(clockHour)}点${minutes}`
}

/** "three fifteen in the afternoon", 下午三点十五分. */
export const spokenClock = (time: Pick<CivilTime, 'hour' | 'minute'>, language: Language): string =>
  language === 'zh' ? chineseClock(time) : englishClock(time)

const englishWeekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const englishMonths = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const chineseWeekdays = '日一二三四五六'

export const spokenWeekday = (date: CivilDate, language: Language): string => {
  const weekday = weekdayOf(date)
  return language === 'zh' ? `星期${chineseWeekdays[weekday] ?? ''}` : (englishWeekdays[weekday] ?? '')
}

/** "Thursday, January first", 一月一日，星期四. */
export const spokenDate = (date: CivilDate, language: Language): string => {
  const weekday = spokenWeekday(date, language)
  if (language === 'zh') return `${chineseNumber(date.month)}月${chineseNumber(date.day)}日，${weekday}`
  return `${weekday}, ${englishMonths[date.month - 1] ?? ''} ${englishOrdinal(date.day)}`
}

/** "every weekday", 每周六, 每周一和周三: `weekdays` with 0 as Sunday, not empty. */
export const spokenRecurrence = (weekdays: readonly number[], language: Language): string => {
  const days = [1, 2, 3, 4, 5, 6, 0].filter((day) => weekdays.includes(day))
  const named = knownRecurrences[days.join('')]
  if (named) return named[language]
  const names = days.map((day) =>
    language === 'zh' ? `周${chineseWeekdays[day] ?? ''}` : (englishWeekdays[day] ?? ''),
  )
  const listed = [names.slice(0, -1).join(language === 'zh' ? '、' : ', '), names.at(-1)].filter((part) => part !== '')
  return language === 'zh' ? `每${listed.join('和')}` : `every ${listed.join(' and ')}`
}

const knownRecurrences: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  1234560: { en: 'every day', zh: '每天' },
  12345: { en: 'every weekday', zh: '每个工作日' },
  60: { en: 'every weekend', zh: '每个周末' },
}

const nearDays: Readonly<Record<Language, readonly string[]>> = {
  en: ['today', 'tomorrow'],
  zh: ['今天', '明天', '后天'],
}

/** The day of `date` seen from `today`: today, tomorrow, a weekday within the week, else the date. */
export const spokenDay = (date: CivilDate, today: CivilDate, language: Language): string => {
  const distance = dayNumberOf(date) - dayNumberOf(today)
  const near = nearDays[language][distance]
  if (near) return near
  if (distance > 0 && distance < 7)
    return language === 'zh' ? spokenWeekday(date, 'zh') : `on ${spokenWeekday(date, 'en')}`
  return language === 'zh' ? spokenDate(date, 'zh') : `on ${spokenDate(date, 'en')}`
}

/** "seven o'clock in the morning tomorrow", 明天早上七点. */
export const spokenMoment = (epochMs: number, nowMs: number, timeZone: string, language: Language): string => {
  const time = civilTimeAt(epochMs, timeZone)
  const day = spokenDay(time, civilTimeAt(nowMs, timeZone), language)
  const clock = spokenClock(time, language)
  return language === 'zh' ? `${day}${clock}` : `${clock} ${day}`
}

const englishUnits = ['day', 'hour', 'minute', 'second'] as const
const chineseUnits = ['天', '小时', '分钟', '秒'] as const
const unitSeconds = [86_400, 3_600, 60, 1] as const

const partsOf = (durationMs: number): { readonly count: number; readonly unit: number }[] => {
  let rest = Math.max(0, Math.round(durationMs / 1_000))
  const parts = unitSeconds.map((seconds, unit) => {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    return { count, unit }
  })
  const said = parts.filter((part) => part.count > 0)
  return said.length > 0 ? said : [{ count: 0, unit: 3 }]
}

/** "one hour and thirty minutes", 一小时三十分钟. Whole seconds. */
export const spokenDuration = (durationMs: number, language: Language): string => {
  const parts = partsOf(durationMs)
  if (language === 'zh')
    return parts.map(({ count, unit }) => `${chineseCount(count)}${chineseUnits[unit] ?? ''}`).join('')
  const words = parts.map(
    ({ count, unit }) => `${englishNumber(count)} ${englishUnits[unit] ?? ''}${count === 1 ? '' : 's'}`,
  )
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** As an adjective: "the ten minute timer". */
export const spokenLength = (durationMs: number, language: Language): string =>
  language === 'zh'
    ? spokenDuration(durationMs, 'zh')
    : partsOf(durationMs)
        .map(({ count, unit }) => `${englishNumber(count)} ${englishUnits[unit] ?? ''}`)
        .join(' ')

/** Close enough for "how long is left": seconds count only in the last ten minutes. */
export const spokenRemainder = (durationMs: number, language: Language): string =>
  spokenDuration(durationMs > 600_000 ? Math.round(durationMs / 60_000) * 60_000 : durationMs, language)

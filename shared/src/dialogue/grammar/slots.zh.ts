import { cities } from './cities.ts'
import { closedList } from './closed-list.ts'
import type { SlotType } from './definition.ts'
import { parseChineseNumber } from './numbers.zh.ts'
import {
  type DayPart,
  type DayReference,
  type DaysOfWeek,
  daysOff,
  everyDay,
  type SlotValue,
  type TimeOfDay,
  workingDays,
} from './slot-value.ts'
import { type Unit, unitNamed, unitNames } from './units.ts'

/** Shared pieces of the Chinese commands. 二 and 两 are both understood everywhere. */
export const chineseRules: Readonly<Record<string, string>> = {
  wake: '小智[小智]|^(小智同学)|嘿贾维斯|贾维斯|^([hey] (jarvis|alexa|mycroft|rhasspy|mynah))|^(小鸟小鸟)',
  digit: '一|二|两|三|四|五|六|七|八|九',
  below_hundred: '[<digit>]十[<digit>]|<digit>',
  below_thousand: '<digit>百[零<digit>|<digit>十[<digit>]|^<digit>]|<below_hundred>',
  below_ten_thousand: '<digit>千[零<below_hundred>|<digit>百[零<digit>|<digit>十[<digit>]]]|<below_thousand>',
  any_digit: '零|<digit>',
  decimals: '点<any_digit>[<any_digit>][^<any_digit>]',
  ten_thousands: '<below_ten_thousand>万[[零]<below_ten_thousand>]',
  quantity: '(零|<below_ten_thousand>|^<ten_thousands>)[<decimals>]|^#',
  count: '<below_hundred>|^<below_thousand>|^#',
  hour_word: '小时|个小时|个钟头|^钟头',
  minute_word: '分钟|^分',
  second_word: '秒|秒钟',
  period: '凌晨|早上|上午|中午|下午|傍晚|晚上|^早晨|^清晨|^夜里|^半夜|^今早',
  hour_number: '一|二|两|三|四|五|六|七|八|九|十|十一|十二',
  late_hour: '零|十三|十四|十五|十六|十七|十八|十九|二十|二十一|二十二|二十三',
  minute_number: '零<digit>|十[<digit>]|(二|三|四|五)十[<digit>]|^<digit>',
  clock_time: '(<hour_number>|^<late_hour>)(点|^时)[钟|整|半|一刻|三刻|<minute_number>[分]]',
  weekday_name: '一|二|三|四|五|六|日|天',
  weekday_list:
    '<weekday_name>(到|至)[周|星期]<weekday_name>|<weekday_name>[和|周|星期|和周|和星期]<weekday_name>[[和]<weekday_name>][[和]<weekday_name>]',
  cancel: '取消|关掉|删除|^停止|^删掉|^关闭',
  of_mine: '我的|这个|^那个|^我',
  set: '设[置][一]个|定[一]个|设定[一]个|^(帮我设[一]个)|^(开[一]个)|^(来[一]个)',
  timer: '计时器|定时器|倒计时|^计时',
  alarm: '闹钟|^闹铃',
  correction: '(不|不对|不是|错了)[我说的是|是|改成|改到]|改(成|到|为)',
  room: '卧室|客厅|厨房|^书房|^浴室',
}
const unitOfTime: readonly (readonly [string, number])[] = [
  ['个半小时', 3_600_000],
  ['个半钟头', 3_600_000],
  ['个小时', 3_600_000],
  ['小时', 3_600_000],
  ['个钟头', 3_600_000],
  ['钟头', 3_600_000],
  ['分半钟', 60_000],
  ['分半', 60_000],
  ['分钟', 60_000],
  ['分', 60_000],
  ['秒钟', 1_000],
  ['秒', 1_000],
  ['刻钟', 900_000],
  ['天', 86_400_000],
]

const amountOf = (text: string): number | undefined => {
  if (text === '') return undefined
  if (text === '半' || text === '半个') return 0.5
  return parseChineseNumber(/^\d/.test(text) ? [text] : [...text])
}

const nextUnit = (text: string): { at: number; unit: string; unitMs: number } | undefined => {
  let best: { at: number; unit: string; unitMs: number } | undefined
  for (const [unit, unitMs] of unitOfTime) {
    const at = text.indexOf(unit)
    if (at >= 0 && (!best || at < best.at || (at === best.at && unit.length > best.unit.length)))
      best = { at, unit, unitMs }
  }
  return best
}

/** 一个半小时, 十分钟, 两分三十秒 -> milliseconds. */
export const parseChineseDuration = (words: readonly string[]): SlotValue | undefined => {
  let text = words.join('')
  let totalMs = 0
  let unitMs = 0
  while (text !== '') {
    const next = nextUnit(text)
    if (!next) {
      // 两小时半: a half of the unit before.
      if (text !== '半' || unitMs === 0) return undefined
      totalMs += unitMs / 2
      break
    }
    const amount = amountOf(text.slice(0, next.at))
    if (amount === undefined) return undefined
    unitMs = next.unitMs
    totalMs += (amount + (next.unit.includes('半') ? 0.5 : 0)) * unitMs
    text = text.slice(next.at + next.unit.length).replace(/^零/u, '')
  }
  return totalMs > 0 ? { type: 'duration', durationMs: Math.round(totalMs) } : undefined
}

const periods: Readonly<Record<string, (hour: number) => number>> = {
  凌晨: (hour) => hour % 12,
  半夜: (hour) => (hour >= 10 && hour < 12 ? hour + 12 : hour % 12),
  夜里: (hour) => (hour >= 8 && hour < 12 ? hour + 12 : hour % 12),
  早上: (hour) => hour,
  早晨: (hour) => hour,
  清晨: (hour) => hour,
  今早: (hour) => hour,
  上午: (hour) => hour,
  中午: (hour) => (hour < 4 ? hour + 12 : hour),
  下午: (hour) => (hour % 12) + 12,
  傍晚: (hour) => (hour % 12) + 12,
  晚上: (hour) => (hour === 12 ? 0 : hour < 4 ? hour : (hour % 12) + 12),
}

/** Their small hours belong to the day before: 今天晚上十二点 is tonight. 凌晨 belongs to the day that begins. */
const nightPeriods = new Set(['晚上', '夜里', '半夜'])

const minuteOf = (text: string): number | undefined => {
  if (text === '' || text === '钟' || text === '整') return 0
  if (text === '半') return 30
  if (text === '一刻') return 15
  if (text === '三刻') return 45
  return parseChineseNumber([...text.replace('分', '').replace(/^零(?=.)/u, '')])
}

/** 下午三点半, 七点一刻 -> a time of day. Hours above twelve are exact without a period. */
export const parseChineseTime = (words: readonly string[]): TimeOfDay | undefined => {
  const text = words.join('')
  if (text === '中午') return { type: 'time_of_day', hour: 12, minute: 0, exact: true }
  if (text === '半夜' || text === '午夜') return { type: 'time_of_day', hour: 0, minute: 0, exact: true }
  const period = Object.keys(periods).find((name) => text.startsWith(name))
  const [hourText = '', minuteText = ''] = text.slice(period?.length ?? 0).split(/点|时/u)
  const hour = parseChineseNumber([...hourText])
  const minute = minuteOf(minuteText)
  if (hour === undefined || minute === undefined || hour > 23 || minute > 59) return undefined
  const placed = period && hour <= 12 ? (periods[period]?.(hour) ?? hour) : hour
  return {
    type: 'time_of_day',
    hour: placed,
    minute,
    exact: period !== undefined || hour > 12 || hour === 0,
    ...(period !== undefined && nightPeriods.has(period) && placed < 5 ? { ofNight: true } : {}),
  }
}

const daysAhead: readonly (readonly [string, number])[] = [
  ['大后天', 3],
  ['后天', 2],
  ['明', 1],
  ['昨天', -1],
  ['今', 0],
]

const dayParts: readonly (readonly [RegExp, DayPart])[] = [
  [/早|上午/u, 'morning'],
  [/下午/u, 'afternoon'],
  [/晚/u, 'evening'],
]

/** 六, 天: 0 is Sunday. */
const weekdayNamed = (name: string): number | undefined => {
  const day = '日一二三四五六'.indexOf(name === '天' ? '日' : name)
  return day < 0 ? undefined : day
}

/** 周六, 星期天: 0 is Sunday. */
const weekdayIn = (text: string): number | undefined => {
  const name = /(?:周|星期|礼拜)([一二三四五六日天])/u.exec(text)?.[1]
  return name === undefined ? undefined : weekdayNamed(name)
}

export const parseChineseDay = (words: readonly string[]): DayReference => {
  const text = words.join('')
  const part = dayParts.find(([name]) => name.test(text))?.[1]
  const weekday = weekdayIn(text)
  const inDays = daysAhead.find(([name]) => text.includes(name))?.[1] ?? 0
  return { type: 'day', ...(weekday === undefined ? { inDays } : { weekday }), ...(part ? { part } : {}) }
}

/** From one day to the other, through the end of the week if need be: 周五到周一. */
const daysBetween = (first: number, last: number): readonly number[] =>
  everyDay.filter((day) => (day - first + 7) % 7 <= (last - first + 7) % 7)

/** 每天, 工作日, 每周六, 每周一三五, 每周一到周五. */
const parseChineseDaysOfWeek = (words: readonly string[]): DaysOfWeek => {
  const text = words.join('')
  if (text.includes('工作日')) return { type: 'days_of_week', weekdays: workingDays }
  if (text.includes('周末')) return { type: 'days_of_week', weekdays: daysOff }
  const named = text === '每天' ? [] : [...text].map(weekdayNamed).filter((day) => day !== undefined)
  const [first, last] = named
  const range = /[到至]/u.test(text) && first !== undefined && last !== undefined ? daysBetween(first, last) : named
  const weekdays = everyDay.filter((day) => range.includes(day))
  return { type: 'days_of_week', weekdays: weekdays.length > 0 ? weekdays : everyDay }
}

const numberSlot = (template: string): SlotType => ({
  template,
  parse: (words) => {
    const value = parseChineseNumber(words)
    return value === undefined ? undefined : { type: 'number', value }
  },
})

const textSlot = (template: string): SlotType => ({
  template,
  parse: (words) => ({ type: 'text', text: words.join('') }),
})

const unitList = Object.fromEntries(
  unitNames.map((name) => {
    const unit: Unit = unitNamed(name)
    return [name, [...(unit.zhAlso ?? []), unit.zh]]
  }),
)

const cityList = Object.fromEntries(
  Object.entries(cities).map(([name, city]) => [name, [city.zh, ...('zhAlso' in city ? city.zhAlso : [])]]),
)

/** What timers are for; a name of one's own can be typed where it cannot swallow a whole command. */
const labels = '面条|鸡蛋|米饭|茶|咖啡|蛋糕|面包|衣服|烤箱|鸡肉|土豆|牛肉|作业|运动|午睡|汤'

/** Loudness by name, in percent. 最小 can still be heard. */
const namedLevels: Readonly<Record<string, number>> = { 最大: 100, 最小: 10 }

export const chineseSlotTypes: Readonly<Record<string, SlotType>> = {
  number: numberSlot('[负]<quantity>'),
  amount: numberSlot('[负](零|<below_thousand>|^<below_ten_thousand>)[<decimals>]|^#'),
  level: {
    template: '一百|零|<below_hundred>|^~<below_thousand>|^#|^(最(大|小))',
    parse: (words) => {
      const value = namedLevels[words.join('')] ?? parseChineseNumber(words)
      return value === undefined ? undefined : { type: 'number', value }
    },
  },
  duration: {
    template:
      '(<count>|^(<below_hundred><decimals>))(<hour_word>[半|[零]<count><minute_word>]|分钟[[零]<count>秒]|分<count>秒|分半[钟]|秒|秒钟|^天|^分)|(<digit>|^<below_hundred>)(个半小时|个半钟头)|半(小时|个小时|个钟头|分钟)|(一|三)刻钟',
    parse: parseChineseDuration,
  },
  time: { template: '[<period>]<clock_time>|中午|^半夜|^午夜', parse: parseChineseTime },
  day: {
    template:
      '今天|明天|后天|明早|今晚|明晚|^大后天|(周|星期|^礼拜)<weekday_name>|^((今天|明天|后天)(早上|上午|下午|晚上))',
    parse: parseChineseDay,
  },
  days_of_week: {
    template:
      '每天|工作日|^(每个工作日)|每(周|^星期|^个星期)<weekday_name>|^(每(周|星期|个星期)<weekday_list>)|^([每个]周末)',
    parse: parseChineseDaysOfWeek,
  },
  asked_day: { template: '今天|明天|后天|昨天|^大后天', parse: parseChineseDay },
  ordinal: {
    template: '第(一|二|三|四|五|^六|^七|^八|^九|^十)个|最后一个',
    parse: (words) => {
      const value = words[0] === '最' ? -1 : parseChineseNumber(words.slice(1, -1))
      return value === undefined ? undefined : { type: 'number', value }
    },
  },
  label: textSlot(`${labels}|*`),
  known_label: textSlot(labels),
  task: textSlot('吃药|喝水|开会|睡觉|起床|关火|出门|给妈妈打电话|做作业|收衣服|遛狗|浇花|*'),
  operator: closedList(
    { plus: ['加', '^加上'], minus: ['减', '减去'], times: ['乘以', '乘'], divided: ['除以'] },
    'character',
  ),
  power: closedList({ squared: ['平方'], cubed: ['立方'] }, 'character'),
  unit: closedList(unitList, 'character'),
  city: closedList(cityList, 'character'),
  service: closedList(
    {
      lights: ['灯', '电灯'],
      tv: ['电视'],
      curtains: ['窗帘'],
      climate: ['空调', '暖气', '^风扇'],
      music: ['音乐', '^歌', '^收音机'],
      news: ['新闻'],
    },
    'character',
  ),
  weather: closedList({ weather: ['天气'] }, 'character'),
}

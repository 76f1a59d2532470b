import { chineseSums, chineseVolume } from './control.zh.ts'
import type { GrammarDefinition, IntentTemplates } from './definition.ts'
import { chineseRules, chineseSlotTypes } from './slots.zh.ts'
import { chineseTalk } from './talk.zh.ts'
import { chineseWordsOf } from './words.zh.ts'

/** What can be said in Chinese. The same intents as in English; ~(了|吗|呢|吧) are particles that change nothing. */
const timeAndDate: readonly IntentTemplates[] = [
  {
    intent: 'time_now',
    templates: [
      '现在[^是]几点[~钟][~了]',
      '几点了',
      '现在(什么时间|什么时候|^时间)[~了]',
      '^(几点[钟])',
      '^(告诉我时间)',
    ],
    examples: ['现在几点', '小智小智，现在几点了？', '几点了', '现在几点钟'],
  },
  {
    intent: 'time_in_city',
    templates: [
      '{city}[时间]现在[^是]几点[~钟][~了]',
      '^(现在{city}几点[~钟][~了])',
      '{city}几点[~钟][~了]',
      '^({city}[的]时间)',
    ],
    examples: ['东京现在几点', '纽约几点了', '现在伦敦几点'],
  },
  {
    intent: 'date_ask',
    templates: [
      '{day:asked_day}[是]几号',
      '{day:asked_day}[是]几月几号',
      '{day:asked_day}[是]什么日子',
      '^({day:asked_day}[的]日期)',
    ],
    examples: ['今天几号', '明天是几月几号'],
  },
  {
    intent: 'weekday_ask',
    templates: ['{day:asked_day}[是](星期几|周几|^礼拜几)'],
    examples: ['今天星期几', '明天是周几'],
  },
]

const timers: readonly IntentTemplates[] = [
  {
    intent: 'timer_set',
    templates: [
      '<set>{duration}[的](<timer>|^{label}<timer>)',
      '(倒计时|计时|定时){duration}',
      '{duration}(计时|倒计时)',
      '{duration}[以]后叫我',
      '^({duration}[之|以]后(叫我[~起床]|叫醒我))',
      '^(过{duration}[[之|以]后](叫我[~起床]|叫醒我))',
      '^({duration}[的]<timer>)',
      '^(<set>{duration}[的]<alarm>)',
      '^(给{label:known_label}<set>[一个]{duration}[的]<timer>)',
    ],
    examples: [
      '设一个十分钟的计时器',
      '倒计时五分钟',
      '定一个一个半小时的计时器',
      '计时30秒',
      '两分三十秒倒计时',
      '设个8分钟的面条计时器',
      '过十分钟叫醒我',
      '计时五分',
      '定一个十分钟的闹钟',
      '给面条设一个八分钟的计时器',
    ],
  },
  {
    intent: 'timer_set_open',
    templates: ['<set>(<timer>|{label}<timer>)', '^倒计时', '^开始计时'],
    examples: ['设一个计时器', '定个倒计时'],
  },
  {
    intent: 'timer_left',
    templates: [
      '还(有|剩)多(久|长时间|少时间)',
      '[{label:known_label}](<timer>|^计时)还(有|剩)多(久|长时间|少时间)',
      '^还要多久',
    ],
    examples: ['还有多久', '计时器还剩多少时间', '面条计时器还有多久'],
  },
  {
    intent: 'timer_list',
    templates: ['有(哪些|什么|几个)<timer>', '^(列出[所有]<timer>)', '我有(哪些|几个)<timer>'],
    examples: ['有哪些计时器', '我有几个计时器'],
  },
  {
    intent: 'timer_cancel_all',
    templates: ['<cancel>(所有|全部)[的]<timer>'],
    examples: ['取消所有计时器', '删除全部的计时器'],
  },
  {
    intent: 'timer_cancel',
    templates: [
      '<cancel>[<of_mine>](<timer>|^计时)',
      '<cancel>{duration}[的]<timer>',
      '<cancel>{ordinal}<timer>',
      '<cancel>{label}[的]<timer>',
    ],
    examples: ['取消计时器', '取消倒计时', '取消十分钟的计时器', '取消第二个计时器', '取消面条计时器'],
  },
]

const alarms: readonly IntentTemplates[] = [
  {
    intent: 'alarm_repeating',
    templates: [
      '{days_of_week}{time}(叫我[起床]|叫醒我)',
      '<set>{days_of_week}{time}[的]<alarm>',
      '^({days_of_week}{time}[的]<alarm>)',
    ],
    examples: [
      '每天早上七点叫我起床',
      '设一个每天七点的闹钟',
      '设一个工作日早上六点半的闹钟',
      '每周六九点叫我',
      '每周一三五早上七点叫我',
      '每周一到周五早上七点叫我',
    ],
  },
  {
    intent: 'alarm_set',
    templates: [
      '<set>[{day}]{time}[的]<alarm>',
      '[{day}]{time}(叫我[起床]|叫醒我)',
      '^([{day}]{time}[的]<alarm>)',
      '^(<alarm>[设在|定在][{day}]{time})',
      '^([把](设|定)<alarm>[在][{day}]{time})',
      '^(把<alarm>(设|定)(在|到)[{day}]{time})',
    ],
    examples: [
      '设一个明天早上七点的闹钟',
      '早上七点半叫我起床',
      '定一个下午三点半的闹钟',
      '明天6:45叫醒我',
      '设个七点一刻的闹钟',
      '后天晚上八点叫我',
    ],
  },
  {
    intent: 'alarm_set_open',
    templates: [
      '<set><alarm>',
      '^(叫我起床)',
      '^(叫醒我)',
      '^(<set>({day}|{days_of_week})[的]<alarm>)',
      '^(({day}|{days_of_week})(叫我[起床]|叫醒我))',
    ],
    examples: ['设一个闹钟', '定个闹钟', '定一个明天的闹钟', '明天早上叫我起床'],
  },
  {
    intent: 'alarm_list',
    templates: [
      '有(哪些|什么|几个)<alarm>',
      '我[的]<alarm>[是]几点',
      '我有(哪些|几个)<alarm>',
      '下[一]个<alarm>[是]几点',
    ],
    examples: ['有哪些闹钟', '我的闹钟是几点'],
  },
  { intent: 'alarm_cancel_all', templates: ['<cancel>(所有|全部)[的]<alarm>'], examples: ['取消所有闹钟'] },
  {
    intent: 'alarm_cancel',
    templates: ['<cancel>[<of_mine>]<alarm>', '<cancel>[{day}]{time}[的]<alarm>', '<cancel>{ordinal}<alarm>'],
    examples: ['取消闹钟', '关掉七点半的闹钟', '取消第一个闹钟', '取消明天早上六点的闹钟'],
  },
]

const reminders: readonly IntentTemplates[] = [
  {
    intent: 'reminder_set',
    templates: [
      '{duration}[之|以]后提醒我[{task}]',
      '^({days_of_week}{time}提醒我[{task}])',
      '^(提醒我{days_of_week}{time}{task})',
      '^(过{duration}[[之|以]后]提醒我[{task}])',
      '[{day}]{time}提醒我[{task}]',
      '^(提醒我{duration}[之|以]后{task})',
      '^(提醒我[{day}]{time}{task})',
    ],
    examples: [
      '十分钟后提醒我',
      '10分钟后提醒我',
      '半个小时以后提醒我喝水',
      '明天早上八点提醒我吃药',
      '下午三点半提醒我给老王回信',
      '提醒我明天九点开会',
      '每天晚上八点提醒我吃药',
    ],
  },
  {
    intent: 'reminder_set_open',
    templates: [
      '^(({day}|{days_of_week})提醒我{task})',
      '^(提醒我({day}|{days_of_week}){task})',
      '提醒我{task}',
      '<set>提醒',
    ],
    examples: ['提醒我吃药', '设一个提醒', '明天提醒我买牛奶'],
  },
  {
    intent: 'reminder_list',
    templates: ['有(哪些|什么|几个)提醒', '我有(哪些|几个)提醒'],
    examples: ['有哪些提醒', '我有几个提醒'],
  },
  { intent: 'reminder_cancel_all', templates: ['<cancel>(所有|全部)[的]提醒'], examples: ['取消所有提醒'] },
  {
    intent: 'reminder_cancel',
    templates: ['<cancel>[<of_mine>]提醒', '<cancel>{ordinal}提醒'],
    examples: ['取消提醒', '取消第一个提醒'],
  },
]

export const chinese: GrammarDefinition = {
  language: 'zh',
  unit: 'character',
  rules: chineseRules,
  slotTypes: chineseSlotTypes,
  opening: '[<wake>][请|^请问|^麻烦你|^那么|^那][^帮我|^你帮我|^给我|^你能]',
  closing: '[~^(吧|呢|呀|谢谢)]',
  wordsOf: chineseWordsOf,
  intents: [...timeAndDate, ...timers, ...alarms, ...reminders, ...chineseVolume, ...chineseSums, ...chineseTalk],
}

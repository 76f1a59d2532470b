import { englishSums, englishVolume } from './control.en.ts'
import type { GrammarDefinition, IntentTemplates } from './definition.ts'
import { englishRules, englishSlotTypes } from './slots.en.ts'
import { englishTalk } from './talk.en.ts'
import { englishWordsOf } from './words.en.ts'

/** What can be said in English. To add a command: an entry here, its intent in intent.ts, its skill in ../skills. */
const timeAndDate: readonly IntentTemplates[] = [
  {
    intent: 'time_now',
    templates: [
      'what time is it [^right] [~now]',
      '<whats> the time [~now]',
      '^(tell me (the time|what time it is))',
      '^(do you have the time)',
      '^time',
    ],
    examples: ['what time is it', "hey jarvis, what's the time?", 'What time is it now, please'],
  },
  {
    intent: 'time_in_city',
    templates: ['what time is it [now] in {city} [~now]', '<whats> the time in {city}', '^({city} time)'],
    examples: ['what time is it in tokyo', "Alexa, what's the time in New York?"],
  },
  {
    intent: 'date_ask',
    templates: [
      '<whats> the date [{day:asked_day}]',
      "<whats> (today's|tomorrow's) date",
      'what date is (it [~^today]|{day:asked_day})',
    ],
    examples: ["what's the date", "What's today's date?", 'what date is tomorrow'],
  },
  {
    intent: 'weekday_ask',
    templates: [
      'what day is (it|{day:asked_day}) [~today]',
      'what day of the week is (it|{day:asked_day})',
      '^(which day is (it|{day:asked_day}))',
      '^((what|which) day (is|was) [it] ~{day:asked_day})',
    ],
    examples: ['what day is it', 'what day is tomorrow', 'what day of the week is it'],
  },
]

const timers: readonly IntentTemplates[] = [
  {
    intent: 'timer_set',
    templates: [
      '(set|start|^make|^create) [^me] (a|the|another|^an|^my) timer for {duration} [<with_label>]',
      '(set|start) [^me] (a|an) {duration} timer [<with_label>]',
      '^((set|start) [me] (a|an) {duration} {label:known_label} timer)',
      '^((set|start) [me] (a|another) timer (called|named) {label} for {duration})',
      '^((set|start) [me] a timer for [the|my] {label:known_label} ~(for {duration}))',
      '(set|start) [^me] (a|an) {label} timer for {duration}',
      'timer for {duration} [^<with_label>]',
      '^({duration} timer [<with_label>])',
      'wake me [up] in {duration}',
      '^(timer {duration})',
      '^(count down [from] {duration})',
    ],
    examples: [
      'set a timer for 10 minutes',
      'set a timer for ten minutes',
      'hey jarvis set a timer for one and a half hours please',
      'start a pasta timer for eight minutes',
      'set a timer for two minutes thirty seconds',
      'set a five minute timer for tea',
      "set a timer for 1.5 hours called grandma's soup",
      'set a timer for an hour and a half',
      '10 min timer',
      'set me a timer called grandma for five minutes',
      'start a 3 minute egg timer',
      'start a timer for the tea for 4 minutes',
    ],
  },
  {
    intent: 'timer_set_open',
    templates: [
      '(set|start|^make) [^me] a timer [for [^the|^my] {label:known_label}|^((called|named) {label})]',
      '(set|start) (a|an) {label:known_label} timer',
    ],
    examples: ['set a timer', 'start a timer please', 'set a pizza timer'],
  },
  {
    intent: 'timer_left',
    templates: [
      'how much time is left [on (my|the) [{label}] timer]',
      'how much (time|longer) (do i have|is there) [left] [on (my|the) [{label}] timer]',
      'how long is left on (my|the) [{label}] timer',
      '^(how long [is] left [on (my|the) [{label}] timer])',
      '^(how much (time|longer) [is] [left] [on (my|the) [{label}] timer])',
      '^(how long until (my|the) [{label}] timer (goes off|rings|ends|is done))',
    ],
    examples: ['how much time is left', 'how much time is left on the pasta timer', 'how much time do i have left'],
  },
  {
    intent: 'timer_list',
    templates: [
      '(what|how many) timers (are set|are running|do i have|are there)',
      'list (my|the|all) timers',
      'do i have [any] timers',
      '^([show|tell] [me] my timers)',
      '^(what are my timers)',
    ],
    examples: ['what timers do i have', 'how many timers are running', 'list my timers'],
  },
  {
    intent: 'timer_cancel_all',
    templates: ['(cancel|stop|delete) <all_my> timers', '^((cancel|stop|delete) (my|the) timers)'],
    examples: ['cancel all timers', 'stop all my timers'],
  },
  {
    intent: 'timer_cancel',
    templates: [
      '(cancel|stop|delete|^remove) (my|the|^that) timer',
      '(cancel|stop|delete|^remove) (my|the) {duration} timer',
      '(cancel|stop|delete|^remove) (my|the) {ordinal} timer',
      '(cancel|stop|delete|^remove) (my|the) {label} timer',
    ],
    examples: [
      'cancel the timer',
      'stop my timer',
      'cancel the pasta timer',
      'cancel the ten minute timer',
      'delete the second timer',
    ],
  },
]

const alarms: readonly IntentTemplates[] = [
  {
    intent: 'alarm_repeating',
    templates: [
      '(set|^make|^create) (an|a|the) alarm (for|^at) {time} every {days_of_week}',
      'wake me [up] every {days_of_week} at {time}',
      '^(wake me [up] at {time} every {days_of_week})',
      '^((set|make|create) (an|a) alarm every {days_of_week} (at|for) {time})',
      '^((set|make|create) (an|a) alarm (for|at) {time} on {days_of_week:plural_days})',
      '^(wake me [up] at {time} on {days_of_week:plural_days})',
      '^(every {days_of_week} at {time} wake me [up])',
    ],
    examples: [
      'set an alarm for seven every day',
      'wake me up every morning at half past six',
      'set an alarm for six thirty every weekday',
      'wake me every saturday at nine',
      'set an alarm for 7 on weekdays',
      'wake me up every monday, wednesday and friday at 6:30',
    ],
  },
  {
    intent: 'alarm_set',
    templates: [
      '(set|^make|^create) (an|the|my|^a) alarm <when>',
      'wake me [up] (at {time} [{day}]|^({day} at {time}))',
      '^(alarm <when>)',
      '^(set (an|a) {time} alarm)',
    ],
    examples: [
      'set an alarm for seven',
      'set an alarm for 7:30 am tomorrow',
      'wake me up at half past seven',
      'wake me at six fifteen a m',
      'set an alarm for seven thirty p m',
      'set an alarm for quarter to nine tomorrow morning',
      'set an alarm for 14:45',
    ],
  },
  {
    intent: 'alarm_set_open',
    templates: [
      'set (an|the|^a) alarm',
      '^(wake me up)',
      '^(set (an|a) alarm ([for|on] {day}|every {days_of_week}))',
      '^(wake me [up] ({day}|every {days_of_week}))',
    ],
    examples: ['set an alarm', 'wake me up', 'set an alarm for tomorrow', 'wake me up every day'],
  },
  {
    intent: 'alarm_list',
    templates: [
      'what alarms (are set|do i have|are there)',
      'list (my|the|all) alarms',
      'when is my [next] alarm',
      'do i have [any|an] (alarm|alarms)',
      '^(what time is my [next] alarm)',
      '^(what are my alarms)',
      '^(when does my [next] alarm (go off|ring))',
    ],
    examples: ['what alarms are set', 'when is my next alarm'],
  },
  {
    intent: 'alarm_cancel_all',
    templates: ['(cancel|delete|turn off|stop) <all_my> alarms', '^((cancel|delete) (my|the) alarms)'],
    examples: ['cancel all alarms', 'turn off all my alarms'],
  },
  {
    intent: 'alarm_cancel',
    templates: [
      '(cancel|delete|turn off|stop) (my|the) [{ordinal}] alarm',
      '(cancel|delete|turn off) (my|the) {time} alarm',
      '(cancel|delete) (my|the) alarm (at|for) {time}',
    ],
    examples: [
      'cancel my alarm',
      'cancel the seven thirty alarm',
      'turn off the alarm',
      'delete the alarm for six a m',
    ],
  },
]

const reminders: readonly IntentTemplates[] = [
  {
    intent: 'reminder_set',
    templates: [
      '^(remind me (every {days_of_week} at {time}|at {time} every {days_of_week}) [to {task}])',
      '^(remind me to {task} (every {days_of_week} at {time}|at {time} every {days_of_week}))',
      'remind me in {duration} [to {task}]',
      'remind me (at {time} [{day}]|{day} at {time}) [to {task}]',
      'remind me to {task} in {duration}',
      'remind me to {task} (at {time} [{day}]|{day} at {time})',
      'set a reminder (in {duration}|for {time} [{day}]) [to {task}]',
    ],
    examples: [
      'remind me in ten minutes to check the oven',
      'remind me to call mom at six p m',
      'remind me to buy stamps in 2 hours',
      'remind me tomorrow at nine to take out the trash',
      'remind me to water the plants every monday at nine',
    ],
  },
  {
    intent: 'reminder_set_open',
    templates: [
      '^(remind me ({day}|every {days_of_week}) to {task})',
      '^(remind me to {task} ({day}|every {days_of_week}))',
      'set a reminder [to {task}]',
      'remind me to {task}',
    ],
    examples: ['set a reminder', 'remind me to take my medicine', 'remind me to buy milk tomorrow'],
  },
  {
    intent: 'reminder_list',
    templates: ['what reminders (are set|do i have|are there)', 'list (my|the|all) reminders', 'what are my reminders'],
    examples: ['what reminders do i have', 'what are my reminders'],
  },
  {
    intent: 'reminder_cancel_all',
    templates: ['(cancel|delete) <all_my> reminders', '^((cancel|delete) (my|the) reminders)'],
    examples: ['cancel all my reminders'],
  },
  {
    intent: 'reminder_cancel',
    templates: ['(cancel|delete) (my|the) [{ordinal}] reminder', '^((cancel|delete) (my|the) reminder to {task})'],
    examples: ['cancel my reminder', 'delete the first reminder'],
  },
]

export const english: GrammarDefinition = {
  language: 'en',
  unit: 'spaced',
  rules: englishRules,
  slotTypes: englishSlotTypes,
  opening: '[<wake>] [please|^so|^well|^and] [<please_can>]',
  closing: '[~(please|^thanks|^(thank you)|^(for me)|^now|^then)]',
  wordsOf: englishWordsOf,
  intents: [...timeAndDate, ...timers, ...alarms, ...reminders, ...englishVolume, ...englishSums, ...englishTalk],
}
